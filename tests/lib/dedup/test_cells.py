import numpy as np
import pytest

from realsyn_lib.dedup.cells import CellRules, probed_cells
from realsyn_lib.embeddings import unit_rows
from realsyn_lib.retrieval.levels import Levels

EPS = 0.1


def one_group(cells):
    return Levels(cells[:1], cells, np.array([0, len(cells)]))


def at(*degrees):
    turns = np.radians(degrees)
    return np.stack([np.cos(turns), np.sin(turns)], axis=1).astype(np.float32)


def test_a_row_looks_across_a_border_as_far_as_half_of_a_pair_can_be():
    """Cells at 0 and 60 degrees, border at 30: sin(d) <= sqrt(0.2) / 2 is d <= 12.9 degrees."""
    rules = CellRules(EPS, border=1.0, max_probes=4, beam=1)
    found = probed_cells(at(16, 18, 42, 44), one_group(at(0, 60)), rules)
    assert found.tolist() == [[0, -1], [0, 1], [1, 0], [1, -1]]


def test_half_the_border_is_half_the_distance():
    rules = CellRules(EPS, border=0.5, max_probes=4, beam=1)
    found = probed_cells(at(23, 24.5), one_group(at(0, 60)), rules)
    assert found.tolist() == [[0, -1], [0, 1]]


@pytest.mark.parametrize("width", [3, 12])
def test_with_the_whole_border_no_near_pair_is_missed(width):
    generator = np.random.default_rng(width)
    rows = unit_rows(generator.normal(size=(600, width)))
    near = unit_rows(rows + 0.3 * generator.normal(size=rows.shape) / np.sqrt(width))
    cells = unit_rows(generator.normal(size=(40, width)))
    rules = CellRules(EPS, border=1.0, max_probes=40, beam=1)
    one, other = (probed_cells(side, one_group(cells), rules) for side in (rows, near))
    meet = (one == other[:, :1]).any(axis=1) | (other == one[:, :1]).any(axis=1)
    is_near = np.einsum("ij,ij->i", rows, near) >= 1 - EPS
    assert is_near.sum() > 300
    assert meet[is_near].all()
    assert (one[:, 0] != other[:, 0])[is_near].sum() > 30


def test_probes_are_at_most_so_many():
    rules = CellRules(EPS, border=1.0, max_probes=2, beam=1)
    assert probed_cells(at(0, 1.2), one_group(at(0, 1, 2, 3)), rules).tolist() == [[0, 1], [1, 2]]
