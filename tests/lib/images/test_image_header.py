"""Size and orientation come from the header; what is too large is never decoded."""

import struct
import tracemalloc
import zlib

import pytest
from PIL import Image

from realsyn_lib.images.header import read_header
from tests.encoded_picture import encoded

MANY = 64_000_000


def orientation(value):
    exif = Image.Exif()
    exif[0x0112] = value
    return exif.tobytes()


@pytest.mark.parametrize("name", ["jpeg", "png", "webp", "gif", "bmp", "avif"])
def test_every_accepted_format_tells_its_size(name):
    header = read_header(encoded(Image.new("RGB", (40, 30)), name), MANY)
    assert (header.format, header.width_px, header.height_px) == (name, 40, 30)
    assert header.reason is None


@pytest.mark.parametrize("options", [{"lossless": True}, {"exif": orientation(1)}])
def test_each_kind_of_webp_tells_its_size(options):
    header = read_header(encoded(Image.new("RGB", (301, 203)), "webp", **options), MANY)
    assert (header.width_px, header.height_px) == (301, 203)


@pytest.mark.parametrize("name", ["jpeg", "png", "webp"])
def test_sideways_orientation_exchanges_width_and_height(name):
    sideways = encoded(Image.new("RGB", (40, 30)), name, exif=orientation(6))
    header = read_header(sideways, MANY)
    assert (header.orientation, header.width_px, header.height_px) == (6, 30, 40)


def test_an_orientation_out_of_range_counts_as_upright():
    header = read_header(encoded(Image.new("RGB", (4, 3)), "jpeg", exif=orientation(77)), MANY)
    assert (header.orientation, header.reason) == (1, None)


def test_a_broken_exif_block_counts_as_upright():
    data = encoded(Image.new("RGB", (4, 3)), "jpeg", exif=b"Exif\0\0not a TIFF block")
    assert read_header(data, MANY).orientation == 1


def test_the_border_of_max_pixels_is_accepted():
    data = encoded(Image.new("RGB", (40, 30)), "png")
    assert read_header(data, 1200).reason is None
    assert read_header(data, 1199).reason == "too_many_pixels"


def png_of_size(width, height):
    def chunk(kind, body):
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    size = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [9_000, 20_000])
def test_a_bomb_is_refused_from_its_header_without_memory(side):
    tracemalloc.start()
    header = read_header(png_of_size(side, side), MANY)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert header.reason == "too_many_pixels"
    assert peak < 1_000_000


def test_a_webp_canvas_is_refused_before_it_is_reserved():
    small = bytearray(encoded(Image.new("RGB", (8, 8)), "webp", exif=orientation(1)))
    assert small[12:16] == b"VP8X"
    small[24:30] = (16_000 - 1).to_bytes(3, "little") * 2
    assert read_header(bytes(small), MANY).reason == "too_many_pixels"


def test_twenty_bytes_of_a_jpeg_are_refused():
    data = encoded(Image.new("RGB", (40, 30)), "jpeg")[:20]
    assert read_header(data, MANY).reason in ("truncated", "decode_error")


def test_an_empty_file_is_not_an_image():
    assert read_header(b"", MANY).reason == "not_an_image"


def test_control_characters_of_a_file_do_not_reach_the_detail():
    detail = read_header(b"\x1b[31m\x00 attack", MANY).detail
    assert detail.isprintable()
