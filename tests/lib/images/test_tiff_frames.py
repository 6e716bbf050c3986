"""Single pictures out of files of several: the pixels that Pillow reads, whatever a file claims."""

import io
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from realsyn_lib.images.color import to_mode
from realsyn_lib.images.faults import ImageError
from realsyn_lib.images.formats import image_format
from realsyn_lib.images.tiff_frames import frame_as_png

MOST = 10**6
NOISE = Image.fromarray(np.random.default_rng(1).integers(0, 256, (37, 53, 3), dtype=np.uint8))
MODES = ("RGB", "L", "1", "P", "RGBA", "LA", "CMYK")


def tiff(*images: Image.Image, **how) -> bytes:
    stream = io.BytesIO()
    images[0].save(stream, "TIFF", save_all=True, append_images=images[1:], **how)
    return stream.getvalue()


FILE = tiff(*(NOISE.convert(mode) for mode in MODES))


def taken(data: bytes, frame: int = 0, most: int = MOST) -> bytes:
    return frame_as_png(lambda count, at: data[at : at + count], frame, most)


def pixels(data: bytes) -> Image.Image:
    assert image_format(data) == ("png", None)
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize("how", [{}, {"compression": "tiff_adobe_deflate"}])
def test_each_picture_has_the_pixels_that_pillow_reads(how):
    data = tiff(*(NOISE.convert(mode) for mode in MODES), **how)
    for frame, mode in enumerate(MODES):
        found, known = pixels(taken(data, frame)), NOISE.convert(mode)
        if mode == "CMYK":  # no PNG file has it: by the formula of every other CMYK picture
            known = to_mode(known, "RGB")
        assert found.mode == known.mode
        np.testing.assert_array_equal(
            np.asarray(found.convert("RGBA")), np.asarray(known.convert("RGBA"))
        )


def test_differences_to_the_left_neighbour_are_undone():
    data = tiff(NOISE, compression="tiff_deflate", tiffinfo={317: 2})
    assert pixels(taken(data)).tobytes() == NOISE.tobytes()


def test_a_picture_of_many_strips_is_put_together():
    data = tiff(NOISE, strip_size=53 * 3 * 5)
    assert pixels(taken(data)).tobytes() == NOISE.tobytes()


def test_only_the_directories_and_the_strips_of_the_picture_are_read():
    seen = []

    def read_at(count: int, at: int) -> bytes:
        seen.append(count)
        return FILE[at : at + count]

    frame_as_png(read_at, 1, MOST)
    assert sum(seen) < 37 * 53 + 1000 < 37 * 53 * 3


def refused(data: bytes, frame: int = 0, most: int = MOST) -> tuple[str, str]:
    with pytest.raises(ImageError) as fault:
        taken(data, frame, most)
    return fault.value.reason, fault.value.detail


def test_what_is_not_there_or_too_large_or_of_another_form_says_so():
    assert refused(FILE, 7) == ("not_found", "picture 7 of a file of 7")
    assert refused(b"\xff\xd8\xff" + bytes(20))[0] == "not_an_image"
    assert refused(b"II*\0")[0] == "not_an_image"
    assert refused(FILE, 0, 37 * 53 * 3 - 1)[0] == "body_too_large"
    assert taken(FILE, 0, 37 * 53 * 3)
    assert (
        refused(FILE, 2, 37 * 53 - 1)[0] == "body_too_large"
    )  # a byte a pixel once it is unpacked
    assert refused(tiff(NOISE, compression="tiff_lzw")) == (
        "format_refused", "TIFF of compression 5",
    )  # fmt: skip
    assert refused(tiff(Image.new("I;16", (4, 4))))[0] == "format_refused"
    assert refused(tiff(NOISE)[:2000])[0] == "truncated"


def test_directories_in_a_circle_are_gone_round_once():
    circle = b"II*\0" + struct.pack("<I", 8) + struct.pack("<HI", 0, 14) + struct.pack("<HI", 0, 8)
    assert refused(circle, 1)[0] == "format_refused"
    assert refused(circle, 9999) == ("decode_error", "directory 2 is one of those before it")
    many = b"II*\0" + struct.pack("<IH", 8, 65535) + bytes(12 * 65535)
    assert refused(many) == ("decode_error", "a directory of 65535 entries")


@given(st.lists(st.tuples(st.integers(0, len(FILE) - 1), st.integers(0, 255)), max_size=12))
@settings(max_examples=150, deadline=None)
def test_changed_bytes_give_a_picture_or_a_reason_within_the_bounds(changes):
    data = bytearray(FILE)
    for at, value in changes:
        data[at] = value
    for at in (8, 10, 12):  # the first directory's place and head more often than by chance
        data[at] = changes[0][1] if changes else data[at]
    for frame in range(3):
        try:
            assert len(taken(bytes(data), frame, 10**5)) < 2 * 10**5
        except ImageError as fault:
            assert fault.reason in {
                "not_found", "not_an_image", "truncated", "decode_error", "format_refused",
                "body_too_large",
            }  # fmt: skip
