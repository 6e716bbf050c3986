"""Which URLs are fetched, and which are refused unread."""

import pytest

from realsyn_lib.fetch.urls import BadUrlError, http_target, is_web_url, relative_parts


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("a.jpg", ("a.jpg",)),
        ("./pages//media/a%20b.jpg", ("pages", "media", "a b.jpg")),
        ("caf%C3%A9/a.jpg?v=2#top", ("café", "a.jpg")),
        ("a..b/...jpg", ("a..b", "...jpg")),
        ("100%25.png", ("100%.png",)),
    ],
)
def test_a_relative_url_becomes_path_segments(url, parts):
    assert relative_parts(url) == parts


@pytest.mark.parametrize(
    "url",
    [
        "", ".", "/etc/passwd", "//host/a.jpg", "../a.jpg", "a/../../b.jpg", "%2e%2e/b.jpg",
        "a%2F..%2F..%2Fb.jpg", "%2Fetc/passwd", "file:///etc/passwd", "file:a.jpg",
        "data:image/png;base64,AA", "ftp://host/a", "C:/a.jpg", "a%00.jpg", "%ff.jpg",
        "\ud800.jpg", "a" * 9000,
    ],
)  # fmt: skip
def test_a_path_that_may_leave_the_root_is_refused(url):
    with pytest.raises(BadUrlError):
        relative_parts(url)


def test_web_urls_are_told_from_paths():
    assert [is_web_url(u) for u in ("http://a/b", "HTTPS://a/b", "http.jpg", "ftp://a/b")] == [
        True, True, False, False,
    ]  # fmt: skip


def test_a_web_url_is_split_into_what_to_connect_to_and_what_to_ask():
    target = http_target("https://Example.org:8443/a%20b/c.jpg?x=1&y=%2F#part")
    assert (target.secure, target.host, target.port) == (True, "example.org", 8443)
    assert target.request == "/a%20b/c.jpg?x=1&y=%2F"


def test_ports_default_to_those_of_the_scheme():
    assert http_target("http://a.org").port == 80
    assert http_target("https://a.org").port == 443
    assert http_target("http://[::1]:81/").host == "::1"


@pytest.mark.parametrize(
    "url",
    [
        "http://", "http:///a", "http://user:pw@host/", "http://host:99999/", "http://host:0/",
        "http://[::1", "http://host/a b", "http://host/a\r\nX: y", "http://h\u00f6st/",
        "ftp://host/a", "http://host/" + "a" * 9000,
    ],
)  # fmt: skip
def test_a_malformed_web_url_is_refused(url):
    with pytest.raises(BadUrlError):
        http_target(url)
