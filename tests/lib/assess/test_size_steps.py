"""The sizes at which a curve of cluster sizes is read."""

from realsyn_lib.assess.size_steps import size_steps


def test_small_sizes_are_all_there_and_larger_ones_lie_an_eighth_of_a_doubling_apart():
    steps = size_steps(40)
    assert steps[:9] == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert {16, 32} <= set(steps)
    assert len([size for size in steps if 16 <= size < 32]) == 8
    assert max(steps) == 38  # the next one, 41, lies beyond


def test_the_largest_cluster_that_can_be_has_a_step_below_it():
    steps = size_steps()
    assert steps == sorted(set(steps))
    assert 2**30 <= steps[-1] < 2**31
    assert len(steps) < 250
