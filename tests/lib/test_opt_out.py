"""Which addresses, pages and domains a request names."""

import hashlib

import pytest

from realsyn_lib.opt_out import OptOut


def digests(*values: str) -> frozenset[str]:
    return frozenset(hashlib.sha256(value.encode()).hexdigest() for value in values)


@pytest.mark.parametrize(
    ("url", "covered"),
    [
        ("https://example.com/a.jpg", True),
        ("https://cdn.example.com/a.jpg", True),
        ("http://a.b.cdn.example.com:8080/", True),
        ("https://notexample.com/a.jpg", False),
        ("https://example.com.evil.net/a.jpg", False),
        ("https://evil.net/example.com", False),
        ("https://com/a.jpg", False),
        ("pages/example.com/a.jpg", False),
    ],
)
def test_a_domain_covers_itself_and_what_lies_below_it(url, covered):
    assert OptOut(domains=digests("example.com")).covers_url(url) is covered


def test_a_url_covers_itself_alone():
    asked = OptOut(urls=digests("https://a.net/x.jpg"))
    assert asked.covers_url("https://a.net/x.jpg")
    assert not asked.covers_url("https://a.net/x.jpg?big=1")
    assert asked.covers_document("https://a.net/x.jpg")


def test_a_page_is_covered_by_its_address_or_its_domain():
    assert OptOut(documents=digests("a/b.html")).covers_document("a/b.html")
    assert not OptOut(documents=digests("a/b.html")).covers_url("a/b.html")
    assert OptOut(domains=digests("a.net")).covers_document("https://a.net/b.html")


def test_no_request_covers_nothing():
    assert not OptOut().covers_url("https://a.net/")
    assert not OptOut().covers_document("https://a.net/")
