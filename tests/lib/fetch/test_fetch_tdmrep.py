"""tdmrep.json as the TDM Reservation Protocol has it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realsyn_lib.fetch.tdmrep import parse_tdmrep

ITEMS = [
    {"location": "/photos/*", "tdm-reservation": 1, "tdm-policy": "https://a.example/policy.json"},
    {"location": "/photos/free/*", "tdm-reservation": 0},
    {"location": "/*.png$", "tdm-reservation": "1"},
    {"location": "/caf%c3%a9/", "tdm-reservation": 1},
    {"location": "/my photos/*", "tdm-reservation": 1},
]


@pytest.mark.parametrize(
    ("path", "is_reserved"),
    [
        ("/photos/a.jpg", True),
        ("/photos/free/a.jpg", True),  # two items fit: what one of them keeps is not used
        ("/photo/a.jpg", False),
        ("/x/a.png", True),
        ("/x/a.png?size=2", True),
        ("/x/a.pngs", False),
        ("/my%20photos/a.jpg", True),
        ("/caf%C3%A9/a.jpg", True),
        ("/", False),
    ],
)
def test_a_path_is_reserved_where_an_item_that_reserves_fits(path, is_reserved):
    assert parse_tdmrep(json.dumps(ITEMS).encode()).cover(path) is is_reserved


@pytest.mark.parametrize("data", [
    b"", b"<html>", b"{}", b"[1, null, []]", b'[{"location": 3, "tdm-reservation": 1}]',
    b'[{"location": "/"}]', b'[{"tdm-reservation": 1}]', b"[" * 100_000, b"\xff\xfe",
])  # fmt: skip
def test_what_is_no_list_of_items_reserves_nothing(data):
    assert parse_tdmrep(data).patterns == ()


@given(
    st.binary(max_size=200) | st.text(max_size=200).map(lambda text: json.dumps([text]).encode())
)
def test_whatever_a_host_sends_is_read(data):
    assert parse_tdmrep(data).cover("/a") is False


def test_more_wildcards_than_can_be_looked_for_reserve_everything():
    def file(count: int) -> bytes:
        return json.dumps(
            [{"location": f"/a*{n}", "tdm-reservation": 1} for n in range(count)]
        ).encode()

    assert not parse_tdmrep(file(1000)).cover("/b")
    assert parse_tdmrep(file(1001)).cover("/b")
