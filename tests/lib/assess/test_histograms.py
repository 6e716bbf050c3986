import numpy as np
import pytest

from realsyn_lib.assess.histograms import Bins, bin_numbers, histogram
from realsyn_lib.errors import SettingError


def test_values_are_counted_from_their_lower_edge():
    found = histogram(np.array([0.0, 0.1, 0.25, 0.5, 0.99]), Bins(0.0, 1.0, 4))
    assert found == [("0.0000", 2), ("0.2500", 1), ("0.5000", 1), ("0.7500", 1)]


def test_values_outside_go_to_the_end_bins():
    assert [n for _, n in histogram(np.array([-9.0, 1.0, 9.0]), Bins(0.0, 1.0, 3))] == [1, 0, 2]


def test_nan_is_left_out():
    assert [n for _, n in histogram(np.array([np.nan, 0.7]), Bins(0.0, 1.0, 2))] == [0, 1]


def test_histograms_of_parts_add_up():
    values, bins = np.random.default_rng(0).normal(size=1000), Bins(-1.0, 1.0, 7)
    whole, parts = (
        histogram(values, bins),
        [histogram(v, bins) for v in (values[:300], values[300:])],
    )
    assert [n for _, n in whole] == [a + b for (_, a), (_, b) in zip(*parts, strict=True)]


def test_the_sql_names_the_same_edges():
    assert Bins(-1.0, 1.0, 4).sql("x") == (
        "CAST(greatest(0, least(3, floor((CAST(x AS DOUBLE) - -1.0D) / 0.5D))) AS INT)"
    )
    assert bin_numbers(np.array([-1.0, -0.5, 0.74]), Bins(-1.0, 1.0, 4)).tolist() == [0, 1, 3]


@pytest.mark.parametrize("bins", [(1.0, 1.0, 3), (0.0, 1.0, 0)])
def test_bins_that_hold_nothing_are_refused(bins):
    with pytest.raises(SettingError):
        Bins(*bins)
