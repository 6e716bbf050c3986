"""Commits hold every part once and at most so many prompts."""

from realsyn_lib.generation.commits import commits


def test_a_large_bucket_is_cut_and_small_ones_share_a_commit():
    assert list(commits([(0, 5), (1, 0), (2, 1), (3, 1), (4, 1)], rows=2)) == [
        [(0, 0)], [(0, 1)], [(0, 2), (2, 0)], [(3, 0), (4, 0)],
    ]  # fmt: skip


def test_both_sides_of_the_bound():
    assert list(commits([(0, 3), (1, 3)], rows=6)) == [[(0, 0), (1, 0)]]
    assert list(commits([(0, 3), (1, 3)], rows=5)) == [[(0, 0)], [(1, 0)]]


def test_nothing_to_ask_is_no_commit():
    assert list(commits([(0, 0), (1, 0)], rows=5)) == []
