"""Formats are told from bytes; what is refused is recognised, never parsed."""

import gzip
import time

import pytest

from realsyn_lib.images.formats import image_format

ACCEPTED = {
    "jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF",
    "png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "gif": b"GIF89a\x01\0\x01\0",
    "webp": b"RIFF\x24\0\0\0WEBPVP8 ",
    "bmp": b"BM" + bytes(12) + b"\x28\0\0\0",
    "avif": b"\0\0\0\x20ftypavif\0\0\0\0avifmif1miaf",
}
REFUSED = {
    "svg": b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- drawn -->\n<svg xmlns="a">',
    "tiff": b"II*\0\x08\0\0\0",
    "psd": b"8BPS\0\x01",
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0",
    "ico": b"\0\0\x01\0\x01\0",
    "fits": b"SIMPLE  =                    T",
    "jpeg2000": b"\0\0\0\x0cjP  \r\n\x87\n",
    "heif": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
    "netpbm": b"P6\n2 2\n255\n",
}
NO_IMAGE = {
    "empty": b"",
    "one byte": b"\xff",
    "html": b"<!DOCTYPE html><html><body><svg></svg></body></html>",
    "pdf": b"%PDF-1.7\n",
    "zip": b"PK\x03\x04",
    "text that begins like a bitmap": b"BMW builds cars and motorcycles in Munich",
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_format_of_the_allow_list_is_accepted(name):
    assert image_format(ACCEPTED[name]) == (name, None)


@pytest.mark.parametrize("name", REFUSED)
def test_another_picture_format_is_refused_by_name(name):
    assert image_format(REFUSED[name]) == (name, "format_refused")


@pytest.mark.parametrize("name", ["svg", "fits"])
def test_gzip_does_not_hide_a_refused_format(name):
    assert image_format(gzip.compress(REFUSED[name])) == (name, "format_refused")


@pytest.mark.parametrize(
    "before",
    [
        b"<?xml version='1.0'?><?xml-stylesheet href='a>b'?>",
        b"<!-- one --><!-- <svg> two -->\n<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'svg11.dtd'>",
        b"<!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/hostname'> <!ENTITY y 'z'>]>",
    ],
)
def test_a_drawing_is_known_behind_what_may_stand_before_its_root(before):
    assert image_format(before + b"<svg xmlns='a'/>") == ("svg", "format_refused")


@pytest.mark.parametrize(
    "unit",
    [
        b"<!---->",
        b"<!DOCTYPE svg>",
        b"<!DOCTYPE svg []>",
        b"<?a?>",
        b" ",
        b"<!--",
        b"<!DOCTYPE svg [",
    ],
)
def test_a_head_full_of_what_may_stand_before_a_drawing_is_told_at_once(unit):
    """Tried in all ways to part it, a head of 20 comments took seconds, one of 30 an hour."""
    started = time.process_time()
    for _ in range(100):
        assert image_format(unit * (1100 // len(unit)) + b"x") == (None, "not_an_image")
    assert time.process_time() - started < 1.0


@pytest.mark.parametrize("case", NO_IMAGE)
def test_what_is_no_picture_is_not_an_image(case):
    assert image_format(NO_IMAGE[case]) == (None, "not_an_image")


def test_gzipped_text_is_not_an_image():
    assert image_format(gzip.compress(b"hello")) == (None, "not_an_image")


def test_a_broken_gzip_file_is_not_an_image():
    assert image_format(b"\x1f\x8b" + b"\xff" * 50) == (None, "not_an_image")
