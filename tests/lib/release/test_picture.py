import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from realsyn_lib.release.picture import PictureRules, kept_picture, training_picture
from tests.encoded_picture import encoded

RULES = PictureRules(image_size=64)


def file_of(width, height, kind="PNG", **options):
    ramp = np.linspace(0, 255, width * height * 3).astype(np.uint8).reshape(height, width, 3)
    return encoded(Image.fromarray(ramp), kind, **options)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [((64, 32), (64, 32)), ((10, 20), (10, 20)), ((128, 64), (64, 32)), ((200, 1000), (13, 64))],
)
def test_larger_pictures_are_scaled_down_and_smaller_ones_left(given, wanted):
    picture = training_picture(file_of(*given), RULES)
    assert (picture.width_px, picture.height_px) == wanted
    assert Image.open(io.BytesIO(picture.data)).size == wanted


def test_the_size_as_it_came_is_told_beside_that_of_the_picture():
    picture = training_picture(file_of(200, 1000), RULES)
    assert (picture.original_width_px, picture.original_height_px) == (200, 1000)


@pytest.mark.parametrize(
    ("wanted", "quality", "start"),
    [("jpg", 90, b"\xff\xd8\xff"), ("png", 3, b"\x89PNG"), ("webp", 90, b"RIFF")],
)
def test_a_picture_is_of_the_wanted_format(wanted, quality, start):
    rules = replace(RULES, encode_format=wanted, encode_quality=quality)
    data = training_picture(file_of(30, 20), rules).data
    assert data.startswith(start)
    assert Image.open(io.BytesIO(data)).size == (30, 20)


def test_a_jpeg_that_keeps_its_size_keeps_its_coded_pixels_if_it_may():
    given = file_of(60, 40, "JPEG", quality=70)
    keeping = replace(RULES, skip_reencode=True)
    assert training_picture(given, keeping).data == given
    assert training_picture(given, RULES).data != given


@pytest.mark.parametrize(
    ("given", "changes"),
    [
        (file_of(65, 40, "JPEG"), {}),  # it is scaled down
        (file_of(60, 40, "PNG"), {}),
        (file_of(60, 40, "JPEG"), {"encode_format": "webp"}),
        (file_of(60, 40, "JPEG"), {"resize_only_if_bigger": False}),
    ],
)
def test_what_is_scaled_or_of_another_format_is_written_anew(given, changes):
    rules = replace(RULES, skip_reencode=True, **changes)
    assert kept_picture(given, rules) is None
    assert training_picture(given, rules).data != given


@pytest.mark.parametrize("skip", [False, True])
def test_what_hides_behind_the_pixels_does_not_travel(skip):
    hostile = file_of(40, 40, "JPEG", comment=b"SECRET-ONE") + b"PK\x03\x04SECRET-TWO<script>"
    data = training_picture(hostile, replace(RULES, skip_reencode=skip)).data
    assert data[:2] == b"\xff\xd8"
    assert b"SECRET" not in data
    assert b"<script>" not in data


def test_exif_is_applied_and_gone():
    exif = Image.Exif()
    exif[0x0112] = 6
    rules = replace(RULES, skip_reencode=True)  # which a turned picture has no part in
    picture = training_picture(file_of(40, 20, "JPEG", exif=exif), rules)
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
