"""Heads of answers as servers write them, and bytes that are none."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realsyn_lib.fetch.head import BadAnswerError, chunk_bytes, parse_head


def head(*lines: str):
    return parse_head("\r\n".join([*lines, "", ""]).encode("latin-1"))


def test_fields_are_found_by_name_whatever_their_case_and_number():
    found = head("HTTP/1.1 200 OK", "X-Robots-Tag: noai", "x-robots-TAG:  noindex ", "Server: a:b")
    assert found.all("x-robots-tag") == ["noai", "noindex"]
    assert (found.first("server"), found.first("etag")) == ("a:b", None)


def test_a_continued_line_belongs_to_the_field_before_it_and_nonsense_is_passed_over():
    found = head(
        "HTTP/1.1 200 OK", "X-A: one", "  two", "no field here", "bad name: x", "X-B: \xe9"
    )
    assert found.fields == (("x-a", "one two"), ("x-b", "\xe9"))


@pytest.mark.parametrize(
    ("lines", "length", "is_chunked", "stays_open"),
    [
        (["HTTP/1.1 200 OK", "Content-Length: 12"], 12, False, True),
        (["HTTP/1.1 200 OK", "Content-Length: 12", "Connection: Close"], 12, False, False),
        (["HTTP/1.0 200 OK", "Content-Length: 12"], 12, False, False),
        (["HTTP/1.0 200 OK", "Content-Length: 12", "Connection: keep-alive"], 12, False, True),
        (["HTTP/1.1 200", "Transfer-Encoding: Chunked"], None, True, True),
        (["HTTP/1.1 200 OK"], None, False, False),
        (["HTTP/1.1 304 Not Modified"], 0, False, True),
        (["HTTP/1.1 200 OK", "Content-Length: 7", "Content-Length: 7"], 7, False, True),
    ],
)
def test_how_a_body_ends_and_whether_more_may_follow(lines, length, is_chunked, stays_open):
    found = head(*lines)
    assert (found.length, found.is_chunked, found.stays_open) == (length, is_chunked, stays_open)


@pytest.mark.parametrize(
    "lines",
    [
        ["this is no HTTP"],
        ["HTTP/2 200 OK"],
        ["HTTP/1.1 20 OK"],
        ["HTTP/1.1 200 OK", "Content-Length: 7", "Content-Length: 8"],
        ["HTTP/1.1 200 OK", "Content-Length: -1"],
        ["HTTP/1.1 200 OK", "Content-Length: 1,1"],
        ["HTTP/1.1 200 OK", "Transfer-Encoding: gzip, chunked"],
    ],
)
def test_what_leaves_the_bodys_end_open_is_no_answer(lines):
    with pytest.raises(BadAnswerError):
        head(*lines)


def test_a_chunk_says_its_size_in_hex():
    assert [chunk_bytes(line) for line in (b"1F\r\n", b"0\r\n", b"a ; name=x\r\n")] == [31, 0, 10]
    for line in (b"\r\n", b"-1\r\n", b"0x1\r\n", b"g\r\n", b"1" * 16 + b"\r\n"):
        with pytest.raises(BadAnswerError):
            chunk_bytes(line)


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fail_otherwise(data):
    for text in (data, b"HTTP/1.1 200 OK\r\n" + data):
        with contextlib.suppress(BadAnswerError):
            assert 100 <= parse_head(text).status <= 999
