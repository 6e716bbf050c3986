from itertools import pairwise

import numpy as np
import pytest

from realsyn_lib.balance import (
    Quota,
    calibrate_band,
    choose,
    hash_rank,
    rank_in_cluster,
    rows_at,
    solve_cap,
)
from realsyn_lib.errors import SettingError


def corpus(count=2000, clusters=60, seed=0):
    """Skewed clusters and random ids."""
    generator = np.random.default_rng(seed)
    cluster_ids = (clusters * generator.power(3, count)).astype(np.int64)
    ids = generator.choice(2**62, count, replace=False).astype(np.int64)
    return cluster_ids, ids, hash_rank(1, ids)


def size_counts(cluster_ids):
    return np.unique(np.unique(cluster_ids, return_counts=True)[1], return_counts=True)


def test_the_cap_fills_all_layers_but_the_last():
    sizes, counts = np.array([1, 3, 10]), np.array([4, 2, 2])
    assert rows_at(sizes, counts, 3) == 4 + 6 + 6
    assert solve_cap(sizes, counts, 16) == Quota(cap=3, leftover=0, rows=16)
    assert solve_cap(sizes, counts, 17) == Quota(cap=3, leftover=1, rows=17)


@pytest.mark.parametrize("target", [0, 1, 59, 60, 61, 777, 1999, 2000])
def test_exactly_the_wanted_rows_are_chosen(target):
    cluster_ids, ids, ranks = corpus()
    quota = solve_cap(*size_counts(cluster_ids), target)
    kept = choose(cluster_ids, ids, ranks, quota)
    assert kept.sum() == quota.rows == target
    left = np.unique(cluster_ids[kept], return_counts=True)[1]
    assert left.max(initial=0) <= quota.cap + (quota.leftover > 0)


def test_a_target_beyond_all_rows_gives_all_rows_and_says_how_many():
    cluster_ids, ids, ranks = corpus()
    quota = solve_cap(*size_counts(cluster_ids), 5000)
    assert (quota.rows, quota.leftover) == (2000, 0)
    assert choose(cluster_ids, ids, ranks, quota).all()


def test_a_smaller_tier_lies_inside_a_larger_one():
    cluster_ids, ids, ranks = corpus()
    sizes, counts = size_counts(cluster_ids)
    tiers = [
        choose(cluster_ids, ids, ranks, solve_cap(sizes, counts, target))
        for target in range(0, 2001, 97)
    ]
    assert not any((small & ~large).any() for small, large in pairwise(tiers))


def test_a_plain_cap_keeps_small_clusters_whole():
    cluster_ids, ids, ranks = corpus()
    kept = choose(cluster_ids, ids, ranks, Quota(cap=20, leftover=0, rows=0))
    before = np.bincount(cluster_ids, minlength=60)
    assert np.bincount(cluster_ids[kept], minlength=60).tolist() == np.minimum(before, 20).tolist()


def test_order_of_rows_changes_nothing():
    cluster_ids, ids, ranks = corpus()
    moved = np.random.default_rng(3).permutation(len(ids))
    quota = solve_cap(*size_counts(cluster_ids), 700)
    here = ids[choose(cluster_ids, ids, ranks, quota)]
    there = ids[moved][choose(cluster_ids[moved], ids[moved], ranks[moved], quota)]
    assert set(here) == set(there)


def test_equal_ranks_go_by_id():
    places = rank_in_cluster(np.array([1, 1, 2]), np.array([8, 3, 5]), np.array([0, 0, 0]))
    assert places.tolist() == [2, 1, 1]


def test_chance_is_even():
    ranks = hash_rank(1, np.arange(100_000))
    assert abs((ranks < 0).mean() - 0.5) < 0.01
    assert abs(np.corrcoef(ranks[:-1].astype(float), ranks[1:].astype(float))[0, 1]) < 0.02


def test_a_negative_target_is_refused():
    with pytest.raises(SettingError, match="-1 rows"):
        solve_cap(np.array([1]), np.array([1]), -1)


def test_the_band_keeps_the_share_between_its_quantiles():
    values = np.round(np.arange(1000) / 1000, 3)
    band = calibrate_band(values, np.ones(1000, np.int64), 0.1, 0.95)
    assert (band.min_cosine, band.max_cosine) == (0.1, 0.949)
    assert ((values >= band.min_cosine) & (values <= band.max_cosine)).mean() == 0.85


def test_the_default_band_drops_the_share_that_the_paper_drops():
    values = np.sort(np.random.default_rng(1).normal(0.55, 0.03, 100_000))
    band = calibrate_band(values, np.ones(100_000, np.int64))
    kept = ((values >= band.min_cosine) & (values <= band.max_cosine)).mean()
    assert kept == pytest.approx(0.85, abs=1e-4)


def test_counted_values_weigh_as_their_rows():
    values, counts = np.array([0.3, 0.1, 0.2]), np.array([1, 1, 98])
    assert calibrate_band(values, counts, 0.01, 0.99).min_cosine == 0.2
    assert calibrate_band(values, counts, 0.01, 0.99).max_cosine == 0.2


@pytest.mark.parametrize("quantiles", [(0.5, 0.5), (-0.1, 0.9), (0.1, 1.1)])
def test_quantiles_out_of_order_are_refused(quantiles):
    with pytest.raises(SettingError):
        calibrate_band(np.array([0.5]), np.array([1]), *quantiles)
