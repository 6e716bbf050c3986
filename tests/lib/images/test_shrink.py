"""A picture becomes 32 x 32 with Pillow's levels, whatever its size."""

from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from realsyn_lib.images import shrink as module
from realsyn_lib.images.shrink import Scaled, shrink, shrink_all

LANCZOS = Image.Resampling.LANCZOS


def by_pillow(grey, width, height):
    """Each pass by itself, so that Pillow has no order to choose."""
    rows = grey.shape[0]
    narrow = Image.fromarray(grey).resize((32, rows), LANCZOS, box=(0, 0, width, rows))
    return np.array(narrow.resize((32, 32), LANCZOS, box=(0, 0, 32, height)))


def noise(generator, rows, columns):
    """Levels of all kinds, or black and white alone, whose overshoot must be cut off."""
    levels = generator.integers(0, 256, (rows, columns), dtype=np.uint8)
    return levels if generator.random() < 0.5 else np.where(levels < 128, 0, 255).astype(np.uint8)


def test_levels_are_those_of_pillow_at_any_size_and_part_of_a_pixel():
    generator = np.random.default_rng(1)
    for _ in range(300):
        rows, columns = generator.integers(1, 400, 2)
        width, height = (n - generator.integers(0, 8) / 8 for n in (columns, rows))
        grey = noise(generator, rows, columns)
        np.testing.assert_array_equal(
            shrink(grey, width, height), by_pillow(grey, width, height), str((width, height))
        )


@pytest.mark.parametrize(("rows", "columns"), [(513, 40), (40, 700), (900, 1200)])
def test_a_large_picture_gives_what_the_kept_weights_would_give(monkeypatch, rows, columns):
    grey = noise(np.random.default_rng(2), rows, columns)
    large = shrink(grey, columns - 0.5, rows)
    monkeypatch.setattr(module, "_LARGEST", 2000)
    np.testing.assert_array_equal(shrink(grey, columns - 0.5, rows), large)


def test_a_picture_of_the_size_wanted_stays_as_it_is():
    grey = noise(np.random.default_rng(3), 32, 32)
    np.testing.assert_array_equal(shrink(grey, 32, 32), grey)


def test_a_ramp_stays_a_ramp_and_a_flat_picture_flat():
    ramp = np.tile(np.arange(256, dtype=np.uint8), (64, 1))
    levels = shrink(ramp, 256, 64)[0].tolist()
    assert {high - low for low, high in pairwise(levels[4:28])} == {8}
    assert set(shrink(np.full((50, 70), 9, np.uint8), 70, 50).ravel().tolist()) == {9}


def test_pictures_of_many_sizes_scaled_together_are_what_each_is_alone():
    generator = np.random.default_rng(4)
    sizes = [
        (60, 80, 80.0, 60.0),
        (60, 80, 79.5, 59.125),
        (80, 60, 60.0, 80.0),
        (20, 600, 600.0, 20.0),
    ]
    pictures = [
        Scaled(noise(generator, rows, columns), width, height)
        for _ in range(20)
        for rows, columns, width, height in sizes
    ]
    alone = [shrink(*picture) for picture in pictures]
    np.testing.assert_array_equal(shrink_all(pictures), alone)
    assert shrink_all([]).shape == (0, 32, 32)
