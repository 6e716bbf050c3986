"""The cells that a row is searched in: its own, and those across a border that is near."""

from dataclasses import dataclass

import numpy as np

from realsyn_lib.embeddings import Ids, Vectors
from realsyn_lib.retrieval.candidates import NO_MEMBER
from realsyn_lib.retrieval.levels import Levels, nearest_cells
from realsyn_lib.retrieval.ranking import exact_cosines

_LARGEST_STEP = 2.0  # between two unit vectors


@dataclass(frozen=True)
class CellRules:
    """Which cells a row is compared with.

    ``max_distance``: cosine distance of the pairs that are looked for. ``border``: how far across
    a border is looked, as a share of the distance within which no pair can be missed.
    ``max_probes``: cells of a row at most. ``beam``: groups of cells that a row looks into.
    """

    max_distance: float
    border: float
    max_probes: int
    beam: int


def probed_cells(vectors: Vectors, levels: Levels, rules: CellRules) -> Ids:
    """Return the cells of each row, its own (the nearest) first.

    A row is a member of its own cell and is compared with the members of all of its cells. Two
    rows x, y with own cells a, b are apart by ``|x - y| <= r``, r = sqrt(2 * max_distance). With h the
    distance of a row from the plane half way between a and b, h(x) + h(y) <= r, so one of them
    lies within r / 2 and looks across: with ``border`` 1 no pair is missed. In spaces of many
    dimensions x - y is seldom straight across, and a part of that is enough.

    Args:
        vectors: (n, width) float32 of unit L2 norm.
        levels: groups and their cells.
        rules: how far is looked.

    Returns:
        (n, max_probes or fewer) int64 rows of ``levels.cells``, -1 where there is none.
    """
    reach = rules.border * np.sqrt(2 * rules.max_distance) / 2
    top = min(rules.max_probes, len(levels.cells))
    found = nearest_cells(vectors, levels, rules.beam, top, reach * _LARGEST_STEP)
    cells, row, slot = found.members.copy(), *np.nonzero(found.members != NO_MEMBER)
    home, other = cells[row, 0], cells[row, slot]
    steps = np.sqrt(np.maximum(0.0, 2 - 2 * exact_cosines(levels.cells, levels.cells, home, other)))
    beyond = found.cosines[row, 0] - found.cosines[row, slot] > reach * steps
    cells[row[beyond], slot[beyond]] = NO_MEMBER
    return cells
