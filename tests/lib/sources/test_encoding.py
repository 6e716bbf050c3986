"""Bytes to text: what is read, by which rule, and what is refused."""

import time
import zlib

import pytest

from realsyn_lib.sources.encoding import decode_page

READ = [
    (b"plain ascii", "plain ascii"),
    ("café".encode(), "café"),
    (b"\xef\xbb\xbf" + "café".encode(), "café"),
    ("\ufeffcafé".encode("utf-16-le"), "café"),
    ("\ufeffcafé".encode("utf-16-be"), "café"),
    ("un café au lait, garçon".encode("cp1252"), "un café au lait, garçon"),
    (b"<meta charset=iso-8859-1>" + "café “x”".encode("cp1252"), "café “x”"),
    (b"<meta charset='windows-1251'>" + "привет".encode("cp1251"), "привет"),
    (
        b'<meta http-equiv="Content-Type" content="text/html; charset=gb2312">'
        + "你好".encode("gbk"),
        "你好",
    ),
    (b"<meta charset=shift_jis>" + "東京".encode("cp932"), "東京"),
    (b"<meta charset=iso-2022-jp>" + "東京".encode("iso2022_jp"), "東京"),
    (b"<meta charset=latin1>" + "café".encode(), "café"),  # wrongly labelled
    (b"<meta charset=no-such-thing>" + "café".encode(), "café"),
]


@pytest.mark.parametrize(("data", "ending"), READ)
def test_text_is_read_by_its_encoding(data, ending):
    assert decode_page(data).text.endswith(ending)


def test_one_damaged_letter_in_a_long_page_becomes_a_replacement():
    data = ("é ä ö " * 100).encode() + b"\xff" + b"end"
    assert decode_page(data).text.endswith("\ufffdend")


def test_chinese_labelled_utf_8_is_refused():
    decoded = decode_page(b"<meta charset=utf-8>" + "你好世界".encode("gbk") * 40)
    assert (decoded.text, decoded.reason) == (None, "encoding")


def test_chinese_without_a_label_is_refused():
    assert decode_page("你好世界".encode("gbk") * 40).reason == "encoding"


def test_a_few_control_bytes_do_not_make_a_short_page_binary_data():
    assert decode_page(b"<p>A\0 bell\x07 rang.</p>").text == "<p>A\0 bell\x07 rang.</p>"
    assert decode_page(b"<p>\0\0\0\0\0</p>").reason == "not_a_document"


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n" + zlib.compress(bytes(range(256)) * 40),
        b"%PDF-1.4\n" + zlib.compress(b"some text " * 99) * 9,
        bytes(range(256)) * 9,
        b"\0" * 100,
    ],
)
def test_binary_data_is_not_a_document(data):
    assert decode_page(data).reason == "not_a_document"


@pytest.mark.parametrize("unit", [b"<meta charset=", b"<meta charset = "])
def test_a_head_that_almost_declares_an_encoding_takes_time_in_proportion(unit):
    started = time.process_time()
    assert decode_page(unit * 30 + b" " * 4000).text
    assert time.process_time() - started < 1
