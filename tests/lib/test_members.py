"""Addresses of members: one spelling, read back as written, and nothing else is taken for one."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realsyn_lib.fetch.urls import relative_parts
from realsyn_lib.members import Member, member_in, member_url
from realsyn_lib.urls import canonical_url

CAT = Member("n014/cat.jpg", 1536, 3021)
URL = "shards/00000.tar?member=n014/cat.jpg&offset=1536&size=3021"


def test_an_address_names_archive_member_place_and_frame():
    assert member_url("shards/00000.tar", CAT) == URL
    assert member_in(URL) == CAT
    framed = Member("a.tiff", 0, 9, 2)
    assert member_url("x.tar", framed) == "x.tar?member=a.tiff&offset=0&size=9&frame=2"
    assert member_in(member_url("x.tar", framed)) == framed


@given(st.binary(min_size=1, max_size=40), st.integers(0, 10**15 - 1), st.integers(0, 10**15 - 1))
def test_every_members_address_is_canonical_and_read_back(name, offset, size):
    member = Member(quote(name, safe="/"), offset, size)
    url = member_url("a/b%20c.tar", member)
    assert canonical_url(url, "").url == url
    assert member_in(url) == member
    assert relative_parts(url) == ("a", "b c.tar")


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        ("a/../x.tar?member=%63at.jpg&offset=1&size=2#top", "x.tar?member=cat.jpg&offset=1&size=2"),
        ("x.tar?member=a b&offset=1&size=2", "x.tar?member=a%20b&offset=1&size=2"),
        ("X.TAR?member=a&offset=1&size=2", "X.TAR?member=a&offset=1&size=2"),
        ("x.tar?offset=1&size=2", "x.tar"),
        ("x.tar?member=a&offset=-1&size=2", "x.tar"),
        ("x.tar?member=a&offset=01&size=2", "x.tar"),
        ("x.tar?member=a&offset=1&size=2&size=9", "x.tar"),
        ("x.tar?member=a&offset=1e3&size=2", "x.tar"),
        ("x.tar?member=a&offset=1&size=1000000000000000", "x.tar"),
        ("x.tar?member=&offset=1&size=2", "x.tar"),
        ("x.jpg?member=a&offset=1&size=2", "x.jpg"),
    ],
)
def test_other_queries_of_a_local_address_are_left_off(raw, canonical):
    assert canonical_url(raw, "").url == canonical


def test_a_member_of_an_archive_outside_the_input_is_refused():
    found = canonical_url("../x.tar?member=a&offset=0&size=1", "page.html")
    assert found.url is None and found.refusal == "leaves the input folder"
