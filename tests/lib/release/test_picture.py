import io

import numpy as np
import pytest
from PIL import Image

from realsyn_lib.release.picture import PictureRules, training_picture

RULES = PictureRules(max_side_px=64)


def file_of(width, height, kind="PNG", **options):
    ramp = np.linspace(0, 255, width * height * 3).astype(np.uint8).reshape(height, width, 3)
    written = io.BytesIO()
    Image.fromarray(ramp).save(written, format=kind, **options)
    return written.getvalue()


@pytest.mark.parametrize(
    ("given", "wanted"),
    [((64, 32), (64, 32)), ((10, 20), (10, 20)), ((128, 64), (64, 32)), ((200, 1000), (13, 64))],
)
def test_larger_pictures_are_scaled_down_and_smaller_ones_left(given, wanted):
    picture = training_picture(file_of(*given), RULES)
    assert (picture.width_px, picture.height_px) == wanted
    assert Image.open(io.BytesIO(picture.data)).size == wanted


def test_what_hides_behind_the_pixels_does_not_travel():
    hostile = file_of(40, 40, "JPEG", comment=b"SECRET-ONE") + b"PK\x03\x04SECRET-TWO<script>"
    data = training_picture(hostile, RULES).data
    assert data[:2] == b"\xff\xd8"
    assert b"SECRET" not in data
    assert b"<script>" not in data


def test_exif_is_applied_and_gone():
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = training_picture(file_of(40, 20, "JPEG", exif=exif), RULES)
    assert (picture.width_px, picture.height_px) == (20, 40)
    assert not Image.open(io.BytesIO(picture.data)).getexif()


def test_the_same_file_gives_the_same_bytes():
    assert training_picture(file_of(90, 50), RULES) == training_picture(file_of(90, 50), RULES)


@pytest.mark.parametrize(("data", "reason"), [(b"", "not_an_image"), (b"<html>", "not_an_image")])
def test_what_is_no_picture_has_a_reason(data, reason):
    assert training_picture(data, RULES).reason == reason


def test_half_a_file_is_no_picture():
    whole = file_of(60, 60, "JPEG")
    assert training_picture(whole[: len(whole) // 2], RULES).reason == "truncated"
