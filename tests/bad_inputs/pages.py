"""Web pages as files: in no known encoding, not text at all, deep without end, or odd and sound."""

from collections.abc import Callable

from tests.bad_inputs import KEPT

_CHINESE = "你好世界" * 40


def page(body: str, head: str = "") -> bytes:
    """Return a page in UTF-8."""
    return f"<html><head>{head}</head><body>{body}</body></html>".encode()


def deep(levels: int) -> bytes:
    """Return a page of elements inside one another, with a text at the bottom."""
    return page("<div>" * levels + "<p>The lamp burns at the bottom.</p>" + "</div>" * levels)


def laughs() -> bytes:
    """Return XHTML whose entities are a billion words."""
    kinds = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    head = f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY l0 "ha">{kinds}]>'
    return f"{head}<html><body><p>The clown said &l9; twice.</p></body></html>".encode()


# Name of the file, what makes it, the outcome of the document.
PAGES: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty.html": (lambda: b"", "empty_file"),
    "blank.html": (lambda: b" \n\t\r\n ", "empty_document"),
    "no-body.html": (lambda: page(""), "empty_document"),
    "script-only.html": (lambda: page("<script>let x = '<p>Not read.</p>'</script>"), "empty_document"),
    "comment-only.html": (lambda: b"<!-- <p>Nobody reads this.</p>", "empty_document"),
    "picture.html": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, "not_a_document"),
    "paper.html": (lambda: b"%PDF-1.4\n" + bytes(range(256)) * 40, "not_a_document"),
    "zeros.html": (lambda: bytes(5000), "not_a_document"),
    "gbk-unlabelled.html": (lambda: f"<p>{_CHINESE}</p>".encode("gbk"), "encoding"),
    "gbk-as-utf-8.html": (
        lambda: b"<meta charset=utf-8><p>" + _CHINESE.encode("gbk") + b"</p>",
        "encoding",
    ),
    "gbk.html": (lambda: f"<meta charset=gb2312><p>{_CHINESE}</p>".encode("gbk"), KEPT),
    "utf-16.html": (lambda: "\ufeff<p>The café is open.</p>".encode("utf-16-le"), KEPT),
    "utf-16-other-end.html": (lambda: "\ufeff<p>The bar is open.</p>".encode("utf-16-be"), KEPT),
    "one-bad-letter.html": (lambda: page("<p>A tram rang. </p>" * 50) + b"\xff", KEPT),
    "deep-300.html": (lambda: deep(300), KEPT),
    "deep-100000.html": (lambda: deep(100_000), "document_too_deep"),
    "many-attributes.html": (
        lambda: b"<p " + b" ".join(b"a%d=1" % number for number in range(40_000)) + b">x",
        "document_too_deep",
    ),
    "open-tag.html": (lambda: b"<p>A gate stood open.</p><img src='" + b"a" * 100_000, KEPT),
    "laughs.html": (laughs, KEPT),
    "entity.html": (
        lambda: b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/hostname'>]><p>The host is &e; here.</p>",
        KEPT,
    ),
    "controls.html": (lambda: page("<p>A\x00 bell\x07 rang\u202e in\u200b the\ufeff hall.</p>"), KEPT),
    "numeric-entities.html": (lambda: page("<p>A &#xD800; ship &#x110000; sank &#0; here.</p>"), KEPT),
    "nul-in-tag.html": (lambda: page("<p\x00 class=x>A fox ran by.</p\x00>"), KEPT),
    "endless-word.html": (lambda: page("<p>" + "a" * 300_000 + "</p>"), KEPT),
    "many-sentences.html": (lambda: page("<p>Rain fell. " * 60_000), KEPT),
    "too-many-items.html": (lambda: page("<p>Hail fell.</p>" * 110_000), "document_too_large"),
    "emoji-only.html": (lambda: page("<p>😀😀😀</p>"), KEPT),
    "base-elsewhere.html": (
        lambda: page("<p>A heron waits.</p>", "<base href='file:///etc/'>"),
        KEPT,
    ),
}  # fmt: skip

# Addresses of pictures that a page may name, and the word that keeps each from being asked for.
ADDRESSES: dict[str, str] = {
    "file:///etc/passwd": "bad_url",
    "ftp://a.example/a.jpg": "bad_url",
    "gopher://a.example/a.jpg": "bad_url",
    "javascript:alert(1)": "bad_url",
    "data:image/png;base64,AAAA": "bad_url",
    "../../outside.jpg": "bad_url",
    "/etc/outside.jpg": "bad_url",
    "%2e%2e/%2e%2e/outside.jpg": "bad_url",
    "http://a.example:99999/a.jpg": "bad_url",
    "http://[::1/a.jpg": "bad_url",
    "http:///a.jpg": "bad_url",
    "http://a.example/" + "a" * 65_536: "bad_url",
    "pictures/none.jpg": "not_found",
    "http://127.0.0.1/a.jpg": "ssrf_blocked",
    "http://127.1/b.jpg": "ssrf_blocked",
    "http://2130706433/c.jpg": "ssrf_blocked",
    "http://0x7f000001/d.jpg": "ssrf_blocked",
    "http://0177.0.0.1/e.jpg": "ssrf_blocked",
    "http://[::1]/f.jpg": "ssrf_blocked",
    "http://[::ffff:127.0.0.1]/g.jpg": "ssrf_blocked",
    "http://[::ffff:7f00:1]/h.jpg": "ssrf_blocked",
    "http://169.254.169.254/latest/meta-data.jpg": "ssrf_blocked",
    "http://10.0.0.1/i.jpg": "ssrf_blocked",
    "http://172.16.0.1/j.jpg": "ssrf_blocked",
    "http://192.168.0.1/k.jpg": "ssrf_blocked",
    "http://100.64.0.1/l.jpg": "ssrf_blocked",
    "http://0.0.0.0/m.jpg": "ssrf_blocked",
    "http://224.0.0.1/n.jpg": "ssrf_blocked",
    "http://[fc00::1]/o.jpg": "ssrf_blocked",
    "http://[fe80::1]/p.jpg": "ssrf_blocked",
    "http://[64:ff9b::7f00:1]/q.jpg": "ssrf_blocked",
    "http://[2002:7f00:1::]/r.jpg": "ssrf_blocked",
    "http://localhost/s.jpg": "ssrf_blocked",
    "http://LOCALHOST./t.jpg": "ssrf_blocked",
    "https://user:secret@a.example/u.jpg": "bad_url",
}
