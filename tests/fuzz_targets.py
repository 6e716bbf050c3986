"""What strangers send, changed at random, and what must hold of every answer.

A target takes bytes and fails by an error that is not its own, or by an assertion.
"""

import base64
import io
import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from realsyn_lib.documents import Document, Paragraph
from realsyn_lib.fetch.addresses import is_public
from realsyn_lib.fetch.head import BadAnswerError, chunk_bytes, parse_head
from realsyn_lib.fetch.opt_out_headers import refusing_directive, reserves_rights
from realsyn_lib.fetch.robots import parse_robots
from realsyn_lib.fetch.urls import BadUrlError, http_target, relative_parts
from realsyn_lib.forget.mentions import addresses_in, digests_in, hosts_in, numbers_in
from realsyn_lib.generation.answer import AnswerRules, check_answer
from realsyn_lib.members import member_in
from realsyn_lib.reasons import FALLBACK, QUARANTINED
from realsyn_lib.sources.html import parse_html
from realsyn_lib.sources.mmc4 import parse_mmc4
from realsyn_lib.sources.obelics import parse_obelics
from realsyn_lib.sources.records import limits_of
from realsyn_lib.sources.tar_walk import TarFaultError, tar_members
from realsyn_lib.sources.warc import read_warc
from realsyn_lib.table_rows import row_in
from realsyn_lib.urls import canonical_url, is_web
from tests.made_archives import gzipped, json_lines, mmc4_row, response
from tests.made_tars import tar_of
from udfs.guarded_decode import ChildLimits, GuardedDecoder

SAMPLES = Path(__file__).parents[1] / "samples" / "pages"
RULES = AnswerRules(3, 60, 0.3, 0.5, 0.3)
LIMITS = ChildLimits(deadline_s=10, max_memory_bytes=2 << 30, max_request_bytes=32 << 20)
MOST_PIXELS = 4_000_000


Check = Callable[[bytes], None]


@dataclass(frozen=True)
class Target:
    """``open`` gives the check, for as long as its block lasts; seeds are what is changed."""

    open: Callable[[], AbstractContextManager[Check]]
    seeds: Callable[[], list[bytes]]


def plain(check: Check) -> Callable[[], AbstractContextManager[Check]]:
    """Return a target's ``open`` for a check that needs nothing beside it."""

    @contextmanager
    def opened() -> Iterator[Check]:
        yield check

    return opened


def text(data: bytes) -> str:
    """As text comes to us: lone surrogates among it."""
    return data.decode("utf-8", "surrogatepass" if len(data) % 2 else "replace")


def safe_text(data: bytes) -> str:
    try:
        return text(data)
    except UnicodeDecodeError:
        return data.decode("latin-1")


def answer_head(data: bytes) -> None:
    try:
        head = parse_head(data)
        assert head.status >= 100
        chunk_bytes(data.split(b"\r\n")[0])
    except BadAnswerError:
        return


def robots(data: bytes) -> None:
    path, _, file = data.partition(b"\n")
    assert parse_robots(file, "realsyn").allows("/" + safe_text(path)) in (True, False)


def opt_out(data: bytes) -> None:
    values = data.decode("latin-1").split("\n")
    refused = frozenset({"noai", "noimageai", "noindex"})
    word = refusing_directive(values, "realsyn", refused)
    assert word is None or word in refused or word == "none"
    assert reserves_rights(values) in (True, False)


def address(data: bytes) -> None:
    """A canonical address is its own canonical form, and leads nowhere that the guard does not see."""
    url, refusal = canonical_url(safe_text(data), "https://a.example/dir/page")
    assert (url is None) != (refusal is None)
    if url is None:
        return
    assert canonical_url(url, "https://b.example/").url == url
    assert is_web(url), url
    try:
        target = http_target(url)
    except BadUrlError:
        return
    assert target.host and 0 < target.port < 65536
    assert not set("\r\n \0") & set(target.request), url


def local_address(data: bytes) -> None:
    """A path stays below its root, as a canonical form and as what is opened."""
    raw = safe_text(data)
    url = canonical_url(raw, "folder/page.html").url
    for one in (raw, url):
        try:
            parts = relative_parts(one) if one is not None else ()
        except BadUrlError:
            continue
        inside = os.path.normpath("/".join(("root", *parts)))
        assert inside == "root" or inside.startswith("root/"), one
        assert "\0" not in inside
    member_in(raw)
    row_in(raw)


def network_address(data: bytes) -> None:
    try:
        public = is_public(data.decode("ascii", "ignore"))
    except ValueError:
        return
    assert public in (True, False)


def tar(data: bytes) -> None:
    class Bytes(io.BytesIO):
        size = len(data)

        def skip_to(self, offset: int) -> None:
            assert offset >= self.tell(), "an archive is read forward"
            self.seek(offset)

    try:
        for member in tar_members(Bytes(data)):
            assert 0 <= member.offset <= len(data), member
    except TarFaultError:
        return


def written_answer(data: bytes) -> None:
    """What passes holds no control letters, no markup and no more words than wanted."""
    given = "The old mill stands by the river.", "A photo of a mill.", ["mill", "river"]
    found, reason = check_answer(safe_text(data), "stop", *given, RULES)
    assert (reason is None) == bool(found)
    assert reason is None or reason in FALLBACK
    assert len(found.split()) <= RULES.max_words * 2
    assert not any(ord(letter) < 32 or 0x7F <= ord(letter) < 0xA0 for letter in found)
    assert "<script" not in found.lower()


def is_sound(found: Document) -> None:
    assert found.reason is None or found.reason in QUARANTINED, found.reason
    json.dumps([found.source, found.locator, found.url, found.title, found.detail])
    for item in found.items:
        said = item.text if isinstance(item, Paragraph) else item.url or ""
        said.encode("utf-8")  # a lone surrogate would end the task that writes it


def html(data: bytes) -> None:
    is_sound(parse_html("page.html", "https://a.example/page.html", data))


def repeated_markup(data: bytes) -> None:
    """Whatever a page repeats, its time is bounded: by the guard where the parser does not bound it."""
    unit = data[:60] or b" "
    started = os.times()
    is_sound(parse_html("page.html", "https://a.example/page.html", unit * (100_000 // len(unit))))
    ended = os.times()  # what tries a page out counts as well
    spent = (ended.user + ended.children_user) - (started.user + started.children_user)
    assert spent < 10, "more than 10 s"


def mentions(data: bytes) -> None:
    """Hosts, addresses and digests of any text can be looked up; they are in it but for their spelling."""
    told = safe_text(data)
    for address in addresses_in(told):
        address.encode("utf-8", "surrogatepass")
    assert all(host in told.lower() for host in hosts_in(told))
    assert all(digest in told.lower() for digest in digests_in(told))
    assert all(str(abs(number)) in told for number in numbers_in(told))


def warc(data: bytes) -> None:
    for found in read_warc(io.BytesIO(data), limits_of(len(data), 100_000)):
        assert found.reason is None or found.reason in QUARANTINED


def mmc4(data: bytes) -> None:
    is_sound(parse_mmc4("docs.jsonl", "1", data))


def obelics(data: bytes) -> None:
    """Lists of a row are drawn from the lines, its metadata are the text itself."""
    lines = safe_text(data).encode("utf-8", "replace").decode().split("\n")
    images = [line or None for line in lines[1::2]]
    texts = [None if image else "Hens lay." for image in images]
    is_sound(parse_obelics("rows.parquet", "0", images, texts, lines[0], lines[-1]))


@contextmanager
def decoding_child() -> Iterator[Check]:
    """The child must answer every file by a picture or a reason, and live on."""
    rules = {"min_side_px": 10, "max_aspect_ratio": 3.0, "max_pixels": MOST_PIXELS}
    decoder = GuardedDecoder("measure", rules, LIMITS)

    def check(data: bytes) -> None:
        (reply,) = decoder.run([data])
        assert reply.values["reason"] is None or reply.values["reason"] in KNOWN_OF_IMAGES
        assert "crashed" not in str(reply.values.get("detail")), reply.values
        assert "longer than" not in str(reply.values.get("detail")), reply.values

    try:
        yield check
    finally:
        decoder.close()


def pictures() -> list[bytes]:
    from PIL import Image

    found = []
    picture = Image.effect_noise((40, 30), 60).convert("RGB")
    for form in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"):
        target = io.BytesIO()
        picture.save(target, form)
        found.append(target.getvalue())
    return found


def pages() -> list[bytes]:
    return [path.read_bytes()[:6000] for path in sorted(SAMPLES.glob("planted/*.html"))[:12]]


def of_reasons() -> frozenset[str]:
    from realsyn_lib.reasons import DROPPED

    return frozenset({*DROPPED, *QUARANTINED})


KNOWN_OF_IMAGES = of_reasons()
HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 3\r\nX-Robots-Tag: noai\r\n\r\n"
)
ROBOTS = (
    b"a/b?c=%41*\nUser-agent: *\nDisallow: /a*b$\nAllow: /a\nUser-agent: RealSyn/1\nDisallow:\n"
)
TAGS = b"noai, noimageai\notherbot: noindex\nunavailable_after: 25 Jun 2030\nnone"
URLS = [b"HTTPS://User:pw@A.example:443/../b/%7Ec?utm_source=x&d=%zz#e", b"//b.example/x y",
        "https://\u00e4.example/\u2028?q=\U0001f600".encode(), b"https://[::ffff:127.0.0.1]:80/a",
        b"../../../etc/passwd", b"a/%2e%2e/%2e%2e/b", b"file:///etc/passwd",
        b"a.tar?member=x&offset=512&size=7"]  # fmt: skip
IPS = [b"127.0.0.1", b"::ffff:10.0.0.1", b"64:ff9b::7f00:1", b"fe80::1%eth0", b"8.8.8.8"]
ANSWERS = [b"Sure, here is the caption: An old mill stands by the river.", b"```json\n{\"a\": 1}```",
           "\u202eAn old mill\u200b stands by the river, and \u4e00\u4e8c.".encode(),
           b"<|im_start|>system you are a mill [INST] old mill stands by the river <script>"]  # fmt: skip
MARKUP = [b"<div>x", b"<p><dl><dd>", b"<table><tr><td>", b"<select><option selected>", b"<b><p>", b"</i>",
          b"<svg><path/></svg>", b"<a b='<'>", b"<!-- --><script></script>", b"<ul><li>"]  # fmt: skip
MENTIONS = b"see www.a.example, " + b"0f" * 32 + b" and -123456789012"
OBELICS = json.dumps([{"alt_text": "a"}, None, {"src": "b", "document_url": "https://a.example/"}])
TARGETS: dict[str, Target] = {
    "answer head": Target(plain(answer_head), lambda: [HEAD, b"HTTP/1.0 302\r\nLocation: /x\r\n\r\n"]),
    "robots": Target(plain(robots), lambda: [ROBOTS]),
    "opt-out headers": Target(plain(opt_out), lambda: [TAGS]),
    "address": Target(plain(address), lambda: URLS),
    "local address": Target(plain(local_address), lambda: URLS),
    "network address": Target(plain(network_address), lambda: IPS),
    "tar": Target(plain(tar), lambda: [tar_of({"a.jpg": b"x" * 600, "b" * 150: b"y"})]),
    "generator's answer": Target(plain(written_answer), lambda: ANSWERS),
    "html": Target(plain(html), pages),
    "repeated markup": Target(plain(repeated_markup), lambda: MARKUP),
    "mentions": Target(plain(mentions), lambda: [*URLS, MENTIONS]),
    "warc": Target(plain(warc), lambda: [
        response("https://a.example/", b"<p>Boats wait.</p>") * 2,
        gzipped([response("https://a.example/", b"<p>Boats.</p>", http="Content-Encoding: gzip\r\n")]),
    ]),
    "mmc4": Target(plain(mmc4), lambda: [json_lines(mmc4_row())]),
    "obelics": Target(plain(obelics), lambda: [f"{OBELICS}\nhttps://a.example/b.jpg\nc\n{{}}".encode()]),
    "picture": Target(decoding_child, pictures),
}  # fmt: skip


def told(data: bytes) -> str:
    """Return an input as text, to be put into a case."""
    return base64.b64encode(data).decode()
