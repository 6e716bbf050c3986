"""Rows and others in cells: the near pairs that meet, against asking every pair."""

import numpy as np
import pytest

import realsyn_lib.dedup.cell_meetings as cell_meetings
from realsyn_lib.dedup.cell_meetings import cell_runs, in_cell_order, near_across, rectangles
from realsyn_lib.embeddings import unit_rows


def made(count, generator, k=5):
    """Vectors, half of them near another, and one to three cells of each, its own first."""
    rows = unit_rows(generator.normal(size=(count, 6)))
    rows[::2] = unit_rows(rows[::-1][::2] + 0.5 * generator.normal(size=rows[::2].shape) / 6**0.5)
    stored = rows.astype(np.float16)
    cells = [generator.permutation(k)[: generator.integers(1, 4)] for _ in range(count)]
    return stored, cells


def entries(cells):
    row = np.repeat(np.arange(len(cells)), [len(own) for own in cells])
    cell = np.concatenate([np.empty(0, np.int64), *cells]).astype(np.int64)
    is_home = np.concatenate([np.empty(0, bool), *(np.arange(len(own)) == 0 for own in cells)])
    order = in_cell_order(cell, is_home)
    return row[order], cell_runs(cell[order], is_home[order])


def found(left, cells, right, other_cells, min_cosine):
    row, own = entries(cells)
    other_row, other = entries(other_cells)
    met = rectangles(own, other)
    pairs = near_across(left.astype(np.float32), row, right[other_row], met, min_cosine)
    return {(one, other_row[two]) for some in pairs for one, two in zip(*some)}


def slow(left, cells, right, other_cells, min_cosine):
    near = left.astype(np.float64) @ right.astype(np.float64).T >= min_cosine
    return {
        (one, two)
        for one, own in enumerate(cells)
        for two, other in enumerate(other_cells)
        if near[one, two] and (own[0] in other or other[0] in own)
    }


@pytest.mark.parametrize("few", [0, 12, 10**6])
@pytest.mark.parametrize("at_once", [1, 50, 2**13])
def test_those_that_meet_and_are_near_are_found_however_they_are_compared(
    monkeypatch, few, at_once
):
    for name, value in (("_FEW", few), ("_PAIRS_AT_ONCE", at_once), ("_BLOCK_PAIRS", at_once)):
        monkeypatch.setattr(cell_meetings, name, value)
    generator = np.random.default_rng(1)
    left, right = made(60, generator), made(40, generator)
    joined = np.vstack([right[0][:20], left[0][:20]])
    wanted = slow(*left, joined, right[1], 0.9)
    assert len(wanted) > 20
    assert found(*left, joined, right[1], 0.9) == wanted
    assert found(*left, joined, right[1], -2) == slow(*left, joined, right[1], -2)


def test_no_rows_on_a_side_meet_nothing():
    rows = made(5, np.random.default_rng(2))
    none = np.empty((0, 6), np.float16), []
    assert found(*rows, *none, -2) == found(*none, *rows, -2) == set()


def test_rows_that_only_ask_in_a_cell_do_not_meet_there():
    same = np.eye(6, dtype=np.float16)[[0]]
    assert found(same, [np.array([0, 2])], same, [np.array([1, 2])], 0.9) == set()
    assert found(same, [np.array([0, 2])], same, [np.array([2, 1])], 0.9) == {(0, 0)}
