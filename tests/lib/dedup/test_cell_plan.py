"""A plan decides where pairs meet: every pair that it should let meet does so, and once is enough."""

import numpy as np
import pytest

from realsyn_lib.dedup.cell_plan import plan_cells

IDS = np.arange(1000, 1400) * 7919


def cells_of(count=400, k=6, seed=1):
    """Own cell and up to two others of each row; half of all rows live in cell 0."""
    generator = np.random.default_rng(seed)
    cells = np.argsort(generator.random((count, k)), axis=1)[:, :3]
    cells[: count // 2] = np.where(
        cells[: count // 2] == 0, cells[: count // 2, :1], cells[: count // 2]
    )
    cells[: count // 2, 0] = 0
    cells[:, 1:][generator.random((count, 2)) < 0.5] = -1
    return cells


def meeting_pairs(roles, count):
    found = np.zeros((count, count), bool)
    for unit in np.unique(roles.unit):
        here = roles.unit == unit
        members = roles.row[here & roles.is_member]
        found[np.ix_(members, roles.row[here])] = True
    return found | found.T


@pytest.mark.parametrize("task_bytes", [10**9, 16000, 3000])
def test_a_row_meets_the_members_of_its_cells_however_they_are_cut(task_bytes):
    cells = cells_of()
    members = np.bincount(cells[:, 0], minlength=6)
    rows = np.bincount(cells[cells >= 0], minlength=6)
    plan = plan_cells(members, rows, row_bytes=100, task_bytes=task_bytes, least_tasks=2)
    found = meeting_pairs(plan.roles(IDS, cells), len(cells))
    wanted = (cells[:, :, None] == cells[:, 0]).any(axis=1)
    wanted |= wanted.T
    assert (found | np.eye(len(cells), dtype=bool)).tolist() == wanted.tolist()
    assert plan.tasks >= 2
    assert set(plan.task_of) <= set(range(plan.tasks))
    if task_bytes == 3000:
        assert plan.member_parts[0] == -(-members[0] // 7) > 25


def test_a_cell_with_a_third_of_all_rows_is_many_tasks_of_like_work():
    members = np.full(700, 1000)
    members[300] = 300_000
    plan = plan_cells(members, 2 * members, row_bytes=768, task_bytes=2**26, least_tasks=2)
    units = plan.member_parts * plan.row_parts
    per_unit = np.repeat((members / plan.member_parts) * (2 * members / plan.row_parts), units)
    work = np.bincount(plan.task_of, weights=per_unit, minlength=plan.tasks)
    assert work.max() <= 3 * np.median(work)
    held = np.repeat(members / plan.member_parts + 2 * members / plan.row_parts, units)
    assert np.bincount(plan.task_of, weights=held).max() * 768 <= 2**26


def test_a_part_depends_on_the_id_alone():
    plan = plan_cells(np.array([50]), np.array([50]), row_bytes=1, task_bytes=40, least_tasks=1)
    cells = np.zeros((50, 1), np.int64)
    units = {}
    for order in (np.arange(50), np.arange(50)[::-1]):
        roles = plan.roles(IDS[:50][order], cells)
        units[order[0]] = {
            (IDS[:50][order][row], unit, held)
            for row, unit, held in zip(roles.row, roles.unit, roles.is_member)
        }
    assert units[0] == units[49]
    assert len({unit for _, unit, _ in units[0]}) == 25
