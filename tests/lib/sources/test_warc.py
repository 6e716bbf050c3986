"""Web archives: which records are pages, how their bodies are decoded, and what is broken named."""

import gzip
import io
import random
import zlib

import brotli
import pytest

from realsyn_lib.documents import Paragraph
from realsyn_lib.sources.records import RecordLimits, limits_of
from realsyn_lib.sources.warc import parse_warc, read_warc
from tests.made_archives import gzipped, record, response, zstandard

PAGE = b"<title>Harbour</title><p>Boats wait.</p><img src=boat.jpg alt=boat>"
URLS = [f"https://news.example/{name}" for name in ("a", "b", "c")]
RECORDS = [
    record("warcinfo", "", b"software: none\r\n"),
    record("request", f"WARC-Target-URI: {URLS[0]}\r\n", b"GET / HTTP/1.1\r\n\r\n"),
    response(URLS[0], PAGE),
    response("https://news.example/x.png", b"\x89PNG", kind="image/png"),
    response("https://news.example/gone", PAGE, status="404 Not Found"),
    response(URLS[1], PAGE),
]
PLACES = [("3", URLS[0], None), ("6", URLS[1], None)]


def pages(data: bytes, max_bytes: int = 10_000, limits: RecordLimits | None = None):
    return list(read_warc(io.BytesIO(data), limits or limits_of(len(data), max_bytes)))


def places(data: bytes, max_bytes: int = 10_000):
    return [(page.locator, page.url, page.reason) for page in pages(data, max_bytes)]


def only(data: bytes, max_bytes: int = 10_000):
    (page,) = pages(data, max_bytes)
    return page


@pytest.mark.parametrize("data", [
    b"".join(RECORDS), gzipped(RECORDS), gzip.compress(b"".join(RECORDS)), zstandard(RECORDS),
    zstandard(RECORDS, dictionary=True),
], ids=["plain", "gzip member a record", "one gzip member", "zstd", "zstd with a dictionary"])  # fmt: skip
def test_pages_are_the_html_answers_of_status_200(data):
    assert places(data) == PLACES
    assert {page.data for page in pages(data)} == {PAGE}


def test_a_page_is_parsed_under_its_own_address():
    found = parse_warc("crawl.warc.gz", "3", URLS[0], PAGE)
    assert (found.source, found.locator, found.url) == ("crawl.warc.gz", "3", URLS[0])
    assert (found.title, found.items[0]) == ("Harbour", Paragraph("Boats wait."))
    assert found.items[1].url == "https://news.example/boat.jpg"


@pytest.mark.parametrize(
    "url", [None, "", "dns:news.example", "file:///etc/passwd", "page.html", "urn:x:y"]
)
def test_a_record_without_a_web_address_is_refused(url):
    found = parse_warc("crawl.warc.gz", "3", url, PAGE)
    assert (found.reason, found.url, found.items) == ("bad_url", "crawl.warc.gz#3", ())


def test_a_page_that_html_refuses_keeps_its_place():
    found = parse_warc("crawl.warc.gz", "3", URLS[0], b"\0" * 100)
    assert (found.reason, found.url) == ("not_a_document", "crawl.warc.gz#3")


def test_brackets_around_the_address_are_left_out():
    assert only(response(f"<{URLS[0]}>", PAGE)).url == URLS[0]


def raw_deflate(data: bytes) -> bytes:
    deflater = zlib.compressobj(wbits=-15)
    return deflater.compress(data) + deflater.flush()


def chunked(data: bytes, size: int = 20) -> bytes:
    parts = [data[start : start + size] for start in range(0, len(data), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


@pytest.mark.parametrize(("coding", "body"), [
    ("gzip", gzip.compress(PAGE)), ("x-gzip", gzip.compress(PAGE)), ("deflate", zlib.compress(PAGE)),
    ("deflate", raw_deflate(PAGE)), ("br", brotli.compress(PAGE)), ("zstd", zstandard([PAGE])),
    ("identity", PAGE), ("gzip", PAGE), ("deflate", PAGE), ("br", PAGE), ("zstd", PAGE),
    ("gzip, br", brotli.compress(gzip.compress(PAGE))),
])  # fmt: skip
def test_content_codings_are_undone_and_bodies_decoded_before_are_taken(coding, body):
    head = f"Content-Encoding: {coding}\r\n"
    assert only(response(URLS[0], body, http=head)).data == PAGE
    both = f"{head}Transfer-Encoding: chunked\r\n"
    assert only(response(URLS[0], chunked(body), http=both)).data == PAGE
    assert only(response(URLS[0], body, http=both)).data == PAGE  # the crawler joined the chunks


@pytest.mark.parametrize("coding", ["deflate", "br"])
def test_blank_lines_before_a_page_do_not_make_it_a_coded_one(coding):
    body = b"\r\n" * 600 + PAGE
    assert only(response(URLS[0], body, http=f"Content-Encoding: {coding}\r\n")).data == body


@pytest.mark.parametrize(("coding", "body", "reason"), [
    ("gzip", gzip.compress(PAGE)[:-12], "truncated"), ("br", brotli.compress(PAGE)[:-2], "damaged"),
    ("gzip", b"\x1f\x8b\x08" + b"x" * 50, "damaged"), ("compress", PAGE, "encoding"),
    ("gzip", gzip.compress(b"x" * 10_001), "document_too_large"),
    ("br", brotli.compress(b"x" * 10_001), "document_too_large"),
    ("zstd", zstandard([b"x" * 10_001]), "document_too_large"),
    ("gzip, gzip", gzip.compress(gzip.compress(b"x" * 10_001)), "document_too_large"),
    (", ".join(["identity"] * 6), PAGE, "encoding"), ("br," * 1_000, PAGE, "encoding"),
])  # fmt: skip
def test_a_body_that_cannot_be_decoded_is_named_and_the_next_page_is_read(coding, body, reason):
    data = response(URLS[0], body, http=f"Content-Encoding: {coding}\r\n") + response(URLS[1], PAGE)
    assert places(data) == [("1", URLS[0], reason), ("2", URLS[1], None)]


def test_a_page_at_the_limit_is_read_and_one_beyond_it_is_never_held():
    head = len(response(URLS[0], b"").split(b"\r\n\r\n", 1)[1]) - 4
    data = response(URLS[0], b"x" * (500 - head)) + response(URLS[1], b"x" * (501 - head))
    assert [(place, reason) for place, _, reason in places(data, 500)] == [
        ("1", None), ("2", "document_too_large"),
    ]  # fmt: skip


def test_pages_cut_by_the_crawler_are_truncated():
    data = response(URLS[0], PAGE, warc="WARC-Truncated: length\r\n") + response(URLS[1], PAGE)
    first, second = pages(data)
    assert (first.reason, first.detail) == ("truncated", "WARC-Truncated: length")
    assert second.reason is None


@pytest.mark.parametrize("pack", [b"".join, gzipped, zstandard], ids=["plain", "gzip", "zstd"])
def test_wherever_a_file_ends_pages_before_are_kept_and_one_row_at_most_names_the_rest(pack):
    records = [
        response(url, PAGE + random.Random(url).randbytes(300).hex().encode()) for url in URLS
    ]
    data = pack(records)
    for end in range(5, len(data), 7):
        found = pages(data[:end])
        good = [page for page in found if page.reason is None]
        bad = [page for page in found if page.reason is not None]
        assert [page.locator for page in good] == [str(n + 1) for n in range(len(good))]
        assert len(bad) <= 1 and all(page.reason == "damaged" for page in bad)
        assert not bad or bad[0] is found[-1]
        assert bad or data[:end].rstrip() == pack(records[: len(good)]).rstrip(), end


def test_what_is_no_archive_and_a_broken_record_are_one_row():
    assert places(b"no archive at all\r\n") == [("1", None, "damaged")]
    assert places(gzip.compress(b"")) == [("1", None, "damaged")]
    assert places(RECORDS[2] + b"WARC/1.0\r\nX: y\r\n\r\n" + RECORDS[5]) == [
        ("1", URLS[0], None), ("2", None, "damaged"),
    ]  # fmt: skip


def test_an_archive_that_decompresses_without_end_is_left_at_the_bound():
    bomb = gzipped([response(URLS[0], b" " * 30_000_000)])
    assert places(bomb) == [("1", None, "damaged")]
    limits = RecordLimits(100_000_000, 5000)
    assert [page.reason for page in pages(bomb, limits=limits)] == ["damaged"]


@pytest.mark.parametrize(("charset", "codec"), [
    ("windows-1251", "cp1251"), ("shift_jis", "cp932"), ("utf-16le", "utf-16-le"), ("utf-8", "utf-8"),
    ("iso-8859-1", "cp1252"), ("nonsense", "utf-8"),
])  # fmt: skip
def test_the_charset_of_the_header_is_applied(charset, codec):
    text = "Гавань" if codec != "cp932" else "港の船"
    text = "Häfen" if codec == "cp1252" else text
    body = f"<p>{text} {text}</p>".encode(codec)
    page = only(response(URLS[0], body, kind=f"text/html; charset={charset}"))
    assert parse_warc("c", "1", page.url, page.data).items == (Paragraph(f"{text} {text}"),)


def test_utf_8_is_stronger_than_a_wrong_header():
    page = only(response(URLS[0], "<p>Häfen".encode(), kind="text/html; charset=windows-1251"))
    assert parse_warc("c", "1", page.url, page.data).items == (Paragraph("Häfen"),)


def test_no_archive_makes_it_raise():
    rng = random.Random(5)
    seeds = [
        b"".join(RECORDS),
        gzipped(RECORDS),
        zstandard(RECORDS),
        zstandard(RECORDS, dictionary=True),
    ]
    for number in range(2000):
        data = bytearray(seeds[number % 4])
        for _ in range(rng.randint(1, 6)):
            at = rng.randrange(4, len(data) - 4)
            if rng.random() < 0.7:
                data[at] = rng.randrange(256)
            else:
                data[at:at] = rng.choice(
                    [b"\r\n", b"Content-Length: -1\r\n", b"WARC/1.0\r\n", b"\0" * 9]
                )
        found = pages(bytes(data))
        assert len({page.locator for page in found}) == len(found)
        assert sum("nothing behind" in (page.detail or "") for page in found) <= 1
