import numpy as np
import pytest

from realsyn_lib.errors import ShapeError
from realsyn_lib.models.fixed_shapes import (
    check_pixels,
    fixed_rows,
    length_batches,
    padded_ids,
    rounded_lengths,
)


def test_lengths_are_rounded_up_in_growing_units():
    assert rounded_lengths(np.array([1, 4, 5, 32, 33, 64, 65, 250]), step=4).tolist() == [
        4, 4, 8, 32, 40, 64, 80, 256,
    ]  # fmt: skip


def test_no_row_is_cut_and_padding_stays_small():
    lengths = np.arange(1, 2000)
    rounded = rounded_lengths(lengths, step=4)
    assert (rounded >= lengths).all()
    assert (rounded[lengths > 32] <= 1.25 * lengths[lengths > 32]).all()


def test_each_row_is_in_one_batch_of_its_own_length():
    lengths = np.array([3, 9, 4, 2, 10, 1])
    batches = list(length_batches(lengths, step=4, tokens=8))
    assert [(b.rows.tolist(), b.length, b.capacity) for b in batches] == [
        ([0, 2], 4, 2),
        ([3, 5], 4, 2),
        ([1], 12, 1),
        ([4], 12, 1),
    ]


def test_the_shape_of_a_rows_batch_ignores_its_neighbours():
    def shape_of_first(lengths: list[int]) -> tuple[int, int]:
        for batch in length_batches(np.array(lengths), step=4, tokens=64):
            if 0 in batch.rows:
                return batch.capacity, batch.length
        raise AssertionError

    assert shape_of_first([7]) == shape_of_first([7, 1, 200, 7, 8]) == (8, 8)


def test_ids_are_padded_on_the_right_to_the_batchs_shape():
    (batch,) = length_batches(np.array([2, 3]), step=4, tokens=12)
    assert padded_ids([[5, 6], [7, 8, 9]], batch, pad_id=0).tolist() == [
        [5, 6, 0, 0],
        [7, 8, 9, 0],
        [0, 0, 0, 0],
    ]


def test_the_last_block_is_filled_with_zeros():
    blocks = list(fixed_rows(np.array([[1], [2], [3]]), capacity=2))
    assert [(where, block.tolist()) for where, block in blocks] == [
        (slice(0, 2), [[1], [2]]),
        (slice(2, 3), [[3], [0]]),
    ]


def test_no_rows_make_no_block():
    assert list(fixed_rows(np.zeros((0, 3)), capacity=4)) == []


@pytest.mark.parametrize(
    "pixels", [np.zeros((1, 4, 4, 3)), np.zeros((1, 4, 5, 3), np.uint8), np.zeros((4, 4), np.uint8)]
)
def test_pixels_of_another_shape_or_type_are_refused(pixels):
    with pytest.raises(ShapeError, match="decode to the model's image_size"):
        check_pixels(pixels, side=4)
