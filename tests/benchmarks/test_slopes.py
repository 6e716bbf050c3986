"""The slope is that of the logarithms."""

import numpy as np
import pytest
from slopes import slope_of


@pytest.mark.parametrize("exponent", [0.5, 1.0, 1.29])
def test_the_slope_of_a_power_is_its_exponent(exponent):
    rows = np.array([250_000.0, 500_000.0, 2_000_000.0])
    assert slope_of(rows, 3e-5 * rows**exponent) == pytest.approx(exponent)
