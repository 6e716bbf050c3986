import numpy as np
import pytest

from realsyn_lib.errors import ShapeError
from udfs.standing_out import standing_out


def test_a_tag_stands_out_where_few_images_are_near_it():
    # Six images east, four north: east suits all nearly alike, north only its four.
    images = np.array([[1, 0]] * 6 + [[0, 1]] * 4, np.float32)
    north, east, between = np.array([[0, 1], [1, 0], [0.6, 0.8]], np.float32)
    found = standing_out(np.stack([north, east, between]), images)
    assert found.tolist() == [0.6, 0.4, round(0.8 - (6 * 0.6 + 4 * 0.8) / 10, 4)]


def test_fewer_images_than_a_tag_is_held_to_leave_no_difference():
    assert standing_out(np.eye(2, dtype=np.float32), np.eye(2, dtype=np.float32)).tolist() == [0, 0]


def test_vectors_of_another_encoder_are_refused():
    with pytest.raises(ShapeError, match=r"width 3, images of 2.*models\.encoder"):
        standing_out(np.ones((1, 3), np.float32), np.ones((5, 2), np.float32))
