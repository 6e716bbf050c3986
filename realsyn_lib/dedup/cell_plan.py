"""Which task compares what: cells cut to a bounded size and dealt out by their estimated work."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from realsyn_lib.embeddings import Ids
from realsyn_lib.hashing import xxhash64_rows

Flags = npt.NDArray[np.bool_]
# What a row costs a task beside its products (reading, sorting, copying), in products.
_PRODUCTS_PER_ROW = 500


@dataclass(frozen=True)
class Roles:
    """One entry for each row of each unit: ``row``, ``unit``, and whether it is a member there."""

    row: Ids
    unit: Ids
    is_member: Flags


@dataclass(frozen=True)
class CellPlan:
    """Units of work and their tasks.

    A cell is one unit: its members, and the rows that are compared with them. A larger one is
    several: each part of its members with each part of the rows. It decides where pairs are
    compared, never which.

    ``member_parts``, ``row_parts``: (k,) int64, parts of each cell. ``first_unit``: (k,) int64.
    ``task_of``: (units,) int64. ``tasks``: how many.
    """

    member_parts: Ids
    row_parts: Ids
    first_unit: Ids
    task_of: Ids
    tasks: int

    def roles(self, ids: Ids, cells: Ids) -> Roles:
        """Return the units of each row.

        Args:
            ids: (n,) int64: a row's part depends on its id alone.
            cells: (n, p) int64, the cells of each row, its own first; -1 where there is none.
        """
        hashes = xxhash64_rows(0, ids).view(np.uint64)
        row, slot = np.nonzero(cells >= 0)
        cell, parts = cells[row, slot], self.row_parts
        own_part = _part(hashes[row], parts[cell])
        copy, number = repeated(self.member_parts[cell])
        asked = self.first_unit[cell[copy]] + number * parts[cell[copy]] + own_part[copy]
        home = cells[:, 0]
        member_part = _part(hashes >> np.uint64(32), self.member_parts[home])
        held, other = repeated(parts[home])
        offered = self.first_unit[home[held]] + member_part[held] * parts[home[held]] + other
        rows = np.concatenate([held, row[copy]])
        is_member = np.arange(len(rows)) < len(held)
        return _once(Roles(rows, np.concatenate([offered, asked]), is_member))

    def home_tasks(self, ids: Ids, cells: Ids) -> Ids:
        """Return (n,) int64: of the tasks that have a row as a member, one, the same wherever asked.

        Args as of ``roles``.
        """
        hashes = xxhash64_rows(0, ids).view(np.uint64)
        home = cells[:, 0]
        part = _part(hashes >> np.uint64(32), self.member_parts[home])
        return np.asarray(self.task_of[self.first_unit[home] + part * self.row_parts[home]])


def plan_cells(
    members: Ids, rows: Ids, row_bytes: int, task_bytes: int, least_tasks: int
) -> CellPlan:
    """Cut cells and deal them out, neighbours together.

    Args:
        members: (k,) estimated members of each cell.
        rows: (k,) estimated rows that are compared with them, the members included.
        row_bytes: of one vector in a task.
        task_bytes: of the vectors of one task; half of it is the most for one unit.
        least_tasks: tasks that there are to keep busy.
    """
    side = max(1, task_bytes // (4 * row_bytes))
    member_parts, row_parts = (np.maximum(1, -(-count // side)) for count in (members, rows))
    units = member_parts * row_parts
    copies, _ = repeated(units)
    per_unit = (members / member_parts)[copies], (rows / row_parts)[copies]
    held = per_unit[0] + per_unit[1]
    work = per_unit[0] * per_unit[1] + _PRODUCTS_PER_ROW * held
    tasks = max(least_tasks, int(-(-2 * held.sum() * row_bytes // task_bytes)))
    share = work / max(work.sum(), 1.0) + held / max(held.sum(), 1.0)
    task_of = ((np.cumsum(share) - share / 2) / 2 * tasks).astype(np.int64)
    first_unit = np.cumsum(units) - units
    return CellPlan(member_parts, row_parts, first_unit, np.clip(task_of, 0, tasks - 1), tasks)


def _part(hashes: npt.NDArray[np.uint64], parts: Ids) -> Ids:
    return np.asarray((hashes % np.uint64(2**32)).astype(np.int64) % parts)


def repeated(counts: Ids) -> tuple[Ids, Ids]:
    """Return each row as often as its count says, and the number of each copy from 0."""
    rows = np.repeat(np.arange(len(counts)), counts)
    return rows, np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)


def _once(roles: Roles) -> Roles:
    """Order by unit, members first, and keep one entry of a row in a unit."""
    order = np.lexsort((~roles.is_member, roles.row, roles.unit))
    row, unit = roles.row[order], roles.unit[order]
    again = np.r_[False, (row[1:] == row[:-1]) & (unit[1:] == unit[:-1])]
    kept = order[~again]
    kept = kept[np.lexsort((~roles.is_member[kept], roles.unit[kept]))]
    return Roles(roles.row[kept], roles.unit[kept], roles.is_member[kept])
