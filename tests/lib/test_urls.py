"""Addresses: what is one and the same, what resolves where, what is refused."""

import time

import pytest

from realsyn_lib.urls import MAX_URL_BYTES, canonical_url, local_url, without_credentials

SAME = "http://example.com/a/b.jpg"

SAME_AS = [
    "http://example.com/a/b.jpg",
    "HTTP://example.com/a/b.jpg",
    "http://EXAMPLE.com/a/b.jpg",
    "http://example.com:80/a/b.jpg",
    "http://example.com./a/b.jpg",
    "http://example.com/a/b.jpg#top",
    "http://example.com/a/b.jpg?",
    "http://example.com/a/b.jpg?utm_source=x&utm_medium=y",
    "http://example.com/a/b.jpg?gclid=1&FBCLID=2",
    "http://example.com/a/./b.jpg",
    "http://example.com/a/c/../b.jpg",
    "http://example.com/../a/b.jpg",
    "http://example.com/%61/b%2ejpg",
    "http://example.com/a/c/%2e%2E/b.jpg",
    "  http://example.com/a/b.jpg\n",
    "http:\\\\example.com\\a\\b.jpg",
    "/a/b.jpg",
    "b.jpg",
    "../a/b.jpg",
    "//example.com/a/b.jpg",
    "http://%65xample.com/a/b.jpg",
]

RESOLVED = [
    ("https://example.com:443", "", "https://example.com/"),
    ("https://example.com:0080/x", "", "https://example.com:80/x"),
    ("http://example.com/?b=2&utm_id=7&a=1", "", "http://example.com/?b=2&a=1"),
    ("http://example.com/a%2fb%c3%a9", "", "http://example.com/a%2Fb%C3%A9"),
    ("http://example.com/é x", "", "http://example.com/%C3%A9%20x"),
    ("http://example.com/100%", "", "http://example.com/100%25"),
    ("http://bücher.example/x", "", "http://xn--bcher-kva.example/x"),
    ("http://[2001:DB8::0:1]:8080/x", "", "http://[2001:db8::1]:8080/x"),
    ("//host/x", "pages/a.html", "https://host/x"),
    ("//host/x", "http://other/", "http://host/x"),
    ("?q=1", "http://example.com/a/p?old=1", "http://example.com/a/p?q=1"),
    ("c/", "http://example.com/a/p", "http://example.com/a/c/"),
    ("..", "http://example.com/a/b/p", "http://example.com/a/"),
    ("x.jpg", "http://example.com", "http://example.com/x.jpg"),
    ("images/a.jpg", "recipes/pie.html", "recipes/images/a.jpg"),
    ("../images/a.jpg", "recipes/pie.html", "images/a.jpg"),
    ("images/a b.jpg?v=3#x", "pie.html", "images/a%20b.jpg"),
    ("images\\a.jpg", "recipes/pie.html", "recipes/images/a.jpg"),
    ("./a//b.jpg", "", "a/b.jpg"),
    ("caf\u00e9.jpg", "", "caf%C3%A9.jpg"),
    ("a\ud800.jpg", "", "a%3F.jpg"),
]

REFUSED = [
    ("", "", "empty"),
    ("   ", "http://example.com/", "empty"),
    ("#top", "http://example.com/", "empty"),
    ("?v=1", "pie.html", "empty"),
    ("file:///etc/passwd", "", "scheme 'file'"),
    ("FILE:etc", "", "scheme 'file'"),
    ("data:image/png;base64,AAAA", "", "scheme 'data'"),
    ("javascript:alert(1)", "http://example.com/", "scheme 'javascript'"),
    ("ftp://example.com/a", "", "scheme 'ftp'"),
    ("C:\\pictures\\a.jpg", "", "scheme 'c'"),
    ("http:example.com", "", "no //"),
    ("/etc/passwd", "pages/a.html", "absolute path"),
    ("\\etc\\passwd", "pages/a.html", "absolute path"),
    ("../a.jpg", "pie.html", "leaves the input folder"),
    ("%2e%2e/a.jpg", "pie.html", "leaves the input folder"),
    ("a/../../b.jpg", "", "leaves the input folder"),
    ("a%2f..%2f..%2fb.jpg", "", "hidden %2F"),
    ("..%5c..%5cb.jpg", "", "hidden %5C"),
    ("a%00.jpg", "", "hidden %00"),
    ("images/", "pie.html", "names a folder"),
    ("a\x00b", "http://example.com/", "control character"),
    ("a\nb", "http://example.com/", "control character"),
    ("http://example.com/\u202egpj.exe", "", "control character"),
    ("http://user:secret@example.com/", "", "credentials"),
    ("http:///x", "", "malformed host"),
    ("http://exa mple.com/", "", "malformed host"),
    ("http://example.com%2f@evil/", "", "credentials"),
    ("http://ex%2fample.com/", "", "malformed host"),
    ("http://[::1/", "", "malformed host"),
    ("http://[nonsense]/", "", "malformed host"),
    ("http://example.com:99999/", "", "malformed port"),
    ("http://example.com:8o/", "", "malformed port"),
    ("http://" + "a" * 64 + ".com/", "", "malformed host"),
    ("a" * (MAX_URL_BYTES + 1), "", "longer than"),
    ("é" * 2000, "", "longer than"),
]


@pytest.mark.parametrize("raw", SAME_AS)
def test_spellings_of_one_address_become_equal(raw):
    assert canonical_url(raw, "http://example.com/a/page.html") == (SAME, None)


@pytest.mark.parametrize(("raw", "base", "url"), RESOLVED)
def test_an_address_resolves_against_its_base(raw, base, url):
    assert canonical_url(raw, base) == (url, None)


@pytest.mark.parametrize(("raw", "base", "refusal"), REFUSED)
def test_a_hostile_address_is_refused_by_name(raw, base, refusal):
    address = canonical_url(raw, base)
    assert address.url is None
    assert refusal in address.refusal


@pytest.mark.parametrize(("raw", "base", "url"), RESOLVED)
def test_a_canonical_address_is_its_own_canonical_form(raw, base, url):
    assert canonical_url(url, "") == (url, None)


def test_a_file_name_stands_for_itself():
    assert local_url("a b/100%?#.html").url == "a%20b/100%25%3F%23.html"
    assert local_url("c:x.html").url == "c%3Ax.html"
    assert local_url("back\\slash.html").url == "back%5Cslash.html"
    assert local_url("../x.html").refusal == "leaves the input folder"
    assert local_url("/x.html").refusal == "absolute path"


def test_a_file_name_that_is_no_utf8_is_refused_instead_of_taking_the_address_of_another():
    assert local_url("?.html") == ("%3F.html", None)
    assert local_url("\udcff.html") == (None, "not UTF-8")  # as os.fsdecode gives the byte 0xFF
    assert local_url("a/\udcfe/x.html") == (None, "not UTF-8")


def test_a_picture_beside_an_oddly_named_page_is_found():
    page = local_url("my pages/50%.html").url
    assert canonical_url("a.jpg", page).url == "my%20pages/a.jpg"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("https://jo:secret@a.net/x.jpg", "https://a.net/x.jpg"),
        ("//token@a.net/x.jpg?y=z@w", "//a.net/x.jpg?y=z@w"),
        ("http:\\\\jo:s@cret@a.net\\x", "http:\\\\a.net\\x"),
        ("https://a.net/@jo/x.jpg", "https://a.net/@jo/x.jpg"),
        ("mailto:jo@a.net", "mailto:jo@a.net"),
    ],
)
def test_user_and_password_are_left_out_of_what_is_shown(raw, shown):
    assert without_credentials(raw) == shown


@pytest.mark.parametrize("letter", ["\u00e4", "\u00e4.", "\u3002", "%C3%A4"])
def test_a_host_of_thousands_of_letters_takes_time_in_proportion(letter):
    started = time.process_time()
    address = canonical_url(f"http://{letter * (8_000 // len(letter))}/", "")
    assert address == (None, "malformed host")
    assert time.process_time() - started < 1


def test_a_label_has_at_most_63_letters():
    assert canonical_url("http://" + "\u00e4" * 50 + ".net/", "").url is not None
    assert canonical_url("http://a." + "\u00e4" * 64 + ".net/", "").refusal == "malformed host"
