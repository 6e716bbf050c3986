import numpy as np
import pytest
from PIL import Image

from realsyn_lib.release.resize import resized


def picture(width, height, color=(200, 30, 30)):
    return Image.new("RGB", (width, height), color)


@pytest.mark.parametrize(
    ("mode", "size"),
    [
        ("no", (200, 100)),
        ("keep_ratio", (128, 64)),
        ("keep_ratio_largest", (64, 32)),
        ("center_crop", (64, 64)),
        ("border", (64, 64)),
    ],
)
def test_each_mode_gives_its_size(mode, size):
    assert resized(picture(200, 100), mode, 64, only_if_bigger=True).size == size


@pytest.mark.parametrize(
    ("mode", "given", "stays"),
    [
        ("keep_ratio", (300, 64), True),
        ("keep_ratio", (300, 65), False),
        ("center_crop", (300, 64), True),  # img2dataset does not cut it either
        ("keep_ratio_largest", (64, 10), True),
        ("keep_ratio_largest", (65, 10), False),
        ("border", (64, 10), True),
    ],
)
def test_only_bigger_pictures_change_where_that_is_wanted(mode, given, stays):
    image = picture(*given)
    assert (resized(image, mode, 64, only_if_bigger=True) is image) == stays


@pytest.mark.parametrize(
    ("mode", "size"),
    [("keep_ratio", (64, 128)), ("keep_ratio_largest", (32, 64)), ("border", (64, 64))],
)
def test_smaller_pictures_grow_where_that_is_wanted(mode, size):
    assert resized(picture(10, 20), mode, 64, only_if_bigger=False).size == size


def test_a_border_is_white_and_the_picture_is_in_the_middle():
    levels = np.array(resized(picture(40, 20), "border", 40, only_if_bigger=False))
    assert levels[9].tolist() == [[255, 255, 255]] * 40
    assert levels[10].tolist() == [[200, 30, 30]] * 40
    assert levels[29, 0].tolist() == [200, 30, 30]
    assert levels[30, 0].tolist() == [255, 255, 255]


def test_a_crop_is_of_the_middle():
    image = picture(90, 30)
    image.paste((0, 0, 255), (30, 0, 60, 30))
    levels = np.array(resized(image, "center_crop", 30, only_if_bigger=False))
    assert levels.reshape(-1, 3).tolist() == [[0, 0, 255]] * 900
