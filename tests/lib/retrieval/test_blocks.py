import numpy as np
import pytest

from realsyn_lib.retrieval.blocks import meetings, plan_blocks, planned_sizes


def test_clusters_side_by_side_share_a_block_up_to_its_bytes():
    blocks = plan_blocks(np.array([3, 3, 3, 3, 3]), np.zeros(5, int), 10, 10, block_bytes=60)
    assert blocks.first.tolist() == [0, 0, 1, 1, 2]
    assert blocks.copies.tolist() == [1, 1, 1]
    assert blocks.is_whole


def test_a_cluster_larger_than_a_block_has_blocks_of_its_own():
    blocks = plan_blocks(np.array([2, 25, 2]), np.zeros(3, int), 10, 10, block_bytes=100)
    assert blocks.first.tolist() == [0, 1, 0]
    assert blocks.parts.tolist() == [1, 3, 1]
    assert len(blocks.copies) == 4
    assert not blocks.is_whole


def test_blocks_that_many_images_look_into_are_copied():
    asked = np.array([5, 31, 0])
    blocks = plan_blocks(np.array([10, 15, 4]), asked, 10, 10, block_bytes=100)
    assert blocks.first.tolist() == [0, 2, 1]
    assert blocks.copies.tolist() == [1, 1, 4, 4]


def test_images_worth_a_task_are_dealt_out_over_as_many_tasks_as_there_are():
    sizes, asked = np.full(40, 5), np.full(40, 2**18)
    many = plan_blocks(sizes, asked, 10, 10, 10**9, least_tasks=4)
    few = plan_blocks(sizes, asked // 1000, 10, 10, 10**9, least_tasks=4)
    assert (many.copies.tolist(), few.copies.tolist()) == ([4], [1])
    assert many.first.tolist() == few.first.tolist() == [0] * 40


def test_no_sentences_make_one_block():
    blocks = plan_blocks(np.zeros(3, int), np.ones(3, int), 10, 10, 100, least_tasks=2)
    assert blocks.first.tolist() == [0, 0, 0]
    assert blocks.copies.tolist() == [1]


@pytest.mark.parametrize("row_bytes", [1, 7, 1000])
def test_every_cluster_lies_in_blocks_that_are_there(row_bytes):
    sizes = np.random.default_rng(1).pareto(1, 300).astype(int) * 20
    blocks = plan_blocks(sizes, sizes, row_bytes, row_bytes, 5000)
    assert (blocks.first + blocks.parts <= len(blocks.copies)).all()
    held = np.zeros(len(blocks.copies))
    np.add.at(held, blocks.first, sizes * row_bytes / blocks.parts)
    assert held.max() <= 2 * max(5000, row_bytes)


def test_an_image_comes_once_for_each_block_of_its_clusters():
    blocks = plan_blocks(np.array([2, 25, 8, 9]), np.zeros(4, int), 10, 10, block_bytes=100)
    assert blocks.first.tolist() == [0, 2, 0, 1]
    found = meetings(np.array([[0, 2], [1, 3], [3, -1], [2, 1]]), blocks)
    clusters = np.array([[0, 2], [1, 3], [3, -1], [2, 1]])
    told = [
        (row, block, [int(clusters[row, p]) for p in probe if p >= 0], bool(only))
        for row, block, probe, only in zip(
            found.row.tolist(), found.block.tolist(), found.probe, found.is_only, strict=True
        )
    ]
    assert told == [
        (0, 0, [0, 2], True),
        (1, 1, [3], False), (1, 2, [1], False), (1, 3, [1], False), (1, 4, [1], False),
        (2, 1, [3], True),
        (3, 0, [2], False), (3, 2, [1], False), (3, 3, [1], False), (3, 4, [1], False),
    ]  # fmt: skip


def test_an_image_without_clusters_meets_nothing():
    blocks = plan_blocks(np.array([2]), np.zeros(1, int), 10, 10, 100)
    assert meetings(np.array([[-1]]), blocks).row.size == 0


def held(sizes, blocks):
    found = np.zeros(len(blocks.copies))
    for cluster, size in enumerate(sizes):
        for part in range(blocks.parts[cluster]):
            found[blocks.first[cluster] + part] += size / blocks.parts[cluster]
    return found


def test_blocks_stay_as_planned_while_none_holds_twice_what_it_may():
    fitted = np.array([4, 4, 4, 4])
    for now in ([4, 4, 4, 4], [9, 4, 4, 4], [10, 10, 0, 1]):
        assert planned_sizes(fitted, np.array(now), 10, 100).tolist() == fitted.tolist()


def test_a_cluster_that_outgrew_its_block_is_planned_larger_and_no_other():
    fitted = np.full(2000, 40)
    fitted[7] = 1
    now = fitted.copy()
    now[7] = 90_000
    sizes = planned_sizes(fitted, now, 10, 5000)
    others = np.delete(np.arange(2000), 7)
    assert (sizes[others] == 40).all()
    blocks = plan_blocks(sizes, now * 0, 10, 10, 5000)
    assert (held(now, blocks) * 10 <= 2 * 5000).all()
    assert len(blocks.copies) < 500  # 160 before, and 260 for what came


@pytest.mark.parametrize("seed", range(5))
def test_no_block_holds_more_than_twice_its_bytes_whatever_grew(seed):
    generator = np.random.default_rng(seed)
    fitted = generator.pareto(1, 300).astype(int)
    now = (fitted * generator.pareto(0.8, 300)).astype(int) + generator.integers(0, 50, 300)
    sizes = planned_sizes(fitted, now, 10, 3000)
    assert (held(now, plan_blocks(sizes, now, 10, 10, 3000)) * 10 <= 2 * 3000).all()


def test_blocks_without_a_wanted_cluster_have_no_task():
    sizes, asked = np.full(40, 10), np.full(40, 30)
    blocks = plan_blocks(sizes, asked, 10, 10, block_bytes=100, least_tasks=1)
    few = blocks.of_clusters(np.arange(40) == 25)
    assert blocks.tasks > 40
    assert few.tasks == blocks.copies[blocks.first[25]]
    assert few.first.tolist() == blocks.first.tolist()
    found = meetings(np.array([[25, 3], [3, 4]]), few)
    assert (found.row.tolist(), found.block.tolist()) == ([0], [int(blocks.first[25])])
    assert found.is_only.tolist() == [True]
