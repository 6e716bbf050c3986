"""Answers of the decoding child come back as they were sent, or not at all."""

import io

import pytest

from udfs.decode_frames import frame_of, read_frame

SOUND = {"format": "avif", "width_px": 70_000, "height_px": 900, "orientation": 8} | {
    "reason": None, "detail": None, "shape": (1, 2, 3), "extent": None,
}  # fmt: skip
GREY = SOUND | {"shape": (2, 3), "extent": (2.625, 1.125)}
REFUSED = {"format": "tiff", "width_px": None, "height_px": None, "orientation": 1} | {
    "reason": "format_refused", "detail": "a picture of \u00fc",
}  # fmt: skip


@pytest.mark.parametrize(
    ("values", "pixels"), [(SOUND, b"abcdef"), (GREY, b"uvwxyz"), (REFUSED, b"")]
)
def test_values_and_pixels_come_back(values, pixels):
    pipe = io.BytesIO(frame_of(values, pixels) + pixels + frame_of(SOUND, b"abcdef") + b"abcdef")
    assert read_frame(pipe) == (values, pixels)
    assert read_frame(pipe) == (SOUND, b"abcdef")
    assert read_frame(pipe) is None


@pytest.mark.parametrize(("values", "pixels"), [(GREY, b"uvwxyz"), (REFUSED, b"")])
def test_a_frame_that_is_cut_anywhere_is_no_answer(values, pixels):
    whole = frame_of(values, pixels) + pixels
    assert {read_frame(io.BytesIO(whole[:end])) for end in range(len(whole))} == {None}
