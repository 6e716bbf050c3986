"""JPEG files cut to their picture, held to what a decoder makes of both."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

from realsyn_lib.images.plain_jpeg import plain_jpeg
from tests.encoded_picture import encoded

MOST = 10**6


def jpeg(mode="RGB", size=(60, 40), **options):
    shape = (size[1], size[0]) if mode == "L" else (size[1], size[0], len(mode))
    levels = np.random.default_rng(3).integers(0, 255, shape, dtype=np.uint8)
    return encoded(Image.fromarray(levels, mode=mode), "JPEG", **options)


def with_segment(data, marker, body):
    return data[:2] + bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body + data[2:]


def pixels(data):
    return np.array(Image.open(io.BytesIO(data)))


@pytest.mark.parametrize(
    ("mode", "options"),
    [
        ("RGB", {}), ("L", {}), ("RGB", {"progressive": True}), ("RGB", {"subsampling": 0}),
        ("RGB", {"restart_marker_blocks": 2}), ("RGB", {"keep_rgb": True}),
    ],
)  # fmt: skip
def test_a_plain_file_stays_byte_for_byte(mode, options):
    given = jpeg(mode, **options)
    plain = plain_jpeg(given, MOST)
    assert plain.data == given
    assert (plain.width_px, plain.height_px) == (60, 40)


@pytest.mark.parametrize(
    ("marker", "body"),
    [
        (0xFE, b"a comment SECRET"),
        (0xE1, b"http://ns.adobe.com/xap/1.0/\0<x>SECRET</x>"),
        (0xE2, b"ICC_PROFILE\0SECRET"),
        (0xE0, b"JFXX\0 a thumbnail SECRET"),
        (0xED, b"Photoshop 3.0\0SECRET"),
    ],
)
def test_segments_that_are_no_picture_go_and_the_pixels_stay(marker, body):
    given = with_segment(jpeg(), marker, body)
    plain = plain_jpeg(given, MOST).data
    assert b"SECRET" not in plain
    assert np.array_equal(pixels(plain), pixels(given))


@pytest.mark.parametrize("progressive", [False, True])
def test_what_stands_behind_the_picture_goes(progressive):
    given = jpeg(progressive=progressive)
    assert plain_jpeg(given + b"PK\x03\x04 an archive \xff\xd9", MOST).data == given


def test_a_view_of_a_larger_buffer_gives_the_same():
    given = jpeg()
    held = memoryview(b"before" + given + b"after")[6:]
    assert plain_jpeg(held, MOST).data == given


@pytest.mark.parametrize("cut", [1, 2, 50, 400, 700])
def test_a_file_that_ends_early_is_left_to_the_decoder(cut):
    assert plain_jpeg(jpeg()[:-cut], MOST) is None


def test_a_file_that_ends_in_its_tables_is_left_to_the_decoder():
    given = jpeg()
    scan = given.index(b"\xff\xda")
    assert plain_jpeg(given[:scan] + b"\xff\xd9", MOST) is None
    assert plain_jpeg(given[:scan], MOST) is None


def test_a_file_with_exif_is_left_to_the_decoder_for_it_may_be_turned():
    exif = Image.Exif()
    exif[0x0112] = 6
    assert plain_jpeg(jpeg(exif=exif), MOST) is None


def test_four_colours_and_other_formats_are_left_to_the_decoder():
    assert plain_jpeg(jpeg("CMYK"), MOST) is None
    assert plain_jpeg(b"\x89PNG\r\n\x1a\n" + bytes(100), MOST) is None
    assert plain_jpeg(b"", MOST) is None


def test_as_many_pixels_as_may_be_are_kept_and_one_more_is_not():
    assert plain_jpeg(jpeg(size=(60, 40)), 2400) is not None
    assert plain_jpeg(jpeg(size=(60, 40)), 2399) is None


def test_a_second_frame_is_left_to_the_decoder():
    given = jpeg()
    frame = given.index(b"\xff\xc0")
    length = 2 + int.from_bytes(given[frame + 2 : frame + 4], "big")
    twice = given[:frame] + given[frame : frame + length] + given[frame:]
    assert plain_jpeg(twice, MOST) is None


def test_no_random_bytes_raise():
    generator = np.random.default_rng(5)
    given = np.frombuffer(jpeg(), np.uint8)
    for _ in range(300):
        broken = given.copy()
        broken[generator.integers(0, len(broken), 8)] = generator.integers(0, 256, 8)
        plain_jpeg(broken.tobytes()[: int(generator.integers(0, len(broken)))], MOST)
