"""The reckoning of cluster_skew.py, by hand at three clusters."""

from argparse import Namespace

import cluster_skew
import numpy as np
import pytest

from realsyn_lib.retrieval.blocks import plan_blocks


def test_a_task_reads_its_share_of_both_sides_and_compares_them():
    sizes, asked = np.array([4, 30, 4]), np.array([10, 40, 20])
    blocks = plan_blocks(sizes, asked, 10, 10, block_bytes=100)
    # Both small clusters share block 0, whose 30 images are dealt out over three tasks; the large
    # one has three blocks of ten sentences, each in four tasks of ten images.
    assert (blocks.first.tolist(), blocks.parts.tolist()) == ([0, 1, 0], [1, 3, 1])
    assert blocks.copies.tolist() == [3, 4, 4, 4]
    read, products = cluster_skew.work_of(blocks, sizes, asked, 10)
    assert read.tolist() == pytest.approx([80 + 100, 200, 200, 200])
    assert products.tolist() == pytest.approx([(4 * 10 + 4 * 20) / 3, 100, 100, 100])
    assert (products * blocks.copies).sum() == (sizes * asked).sum()


def test_skew_makes_the_longest_task_longer_and_moves_no_less():
    asked = Namespace(
        sentences=1e6, images=2e5, clusters=2000, width=64, nprobe=1, block_mb=1, gflops=60.0,
        mb_s=100.0, cores=10,
    )  # fmt: skip
    even, skewed = (
        cluster_skew.reckoned(cluster_skew.SHAPES[shape], asked)
        for shape in ("even", "log-normal 1")
    )
    for facts in (even, skewed):
        assert facts["tb_moved"] >= (1e6 + 2e5) * 128 / 1e12
        assert (
            facts["hours"] * 3600 >= facts["longest_s"] >= facts["core_h"] * 3600 / facts["tasks"]
        )
    assert skewed["of_mean"] > 1.3 * even["of_mean"]
