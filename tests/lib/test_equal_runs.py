import numpy as np

from realsyn_lib.equal_runs import run_places, run_starts


def test_runs_begin_where_the_value_changes_and_places_count_from_there():
    values = np.array([4, 4, 4, 9, 2, 2])
    assert run_starts(values).tolist() == [0, 3, 4]
    assert run_places(values).tolist() == [0, 1, 2, 0, 0, 1]


def test_no_values_have_no_runs():
    nothing = np.empty(0, dtype=np.int64)
    assert run_starts(nothing).tolist() == run_places(nothing).tolist() == []
