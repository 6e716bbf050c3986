"""Histograms with fixed edges, as (label, value) rows that add up across partitions."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from realsyn_lib.errors import SettingError


@dataclass(frozen=True)
class Bins:
    """``count`` bins of equal width from ``low`` to ``high``; values outside go to the end bins."""

    low: float
    high: float
    count: int

    def __post_init__(self) -> None:
        if not (self.low < self.high and self.count >= 1):
            raise SettingError(
                f"assess.bins: {self.count} from {self.low} to {self.high}, expected at least 1 "
                "bin and low below high"
            )

    def labels(self) -> list[str]:
        """Return the lower edge of each bin, written with four decimals."""
        width = (self.high - self.low) / self.count
        return [f"{self.low + width * number:.4f}" for number in range(self.count)]

    def sql(self, column: str) -> str:
        """Return the Spark SQL expression of a value's bin number, 0..count - 1."""
        width = (self.high - self.low) / self.count
        return (
            f"CAST(greatest(0, least({self.count - 1}, "
            f"floor((CAST({column} AS DOUBLE) - {self.low!r}D) / {width!r}D))) AS INT)"
        )


def histogram(values: npt.NDArray[np.float64], bins: Bins) -> list[tuple[str, float]]:
    """Return (lower edge, count) of every bin, empty ones included; NaN is left out.

    Args:
        values: (n,) numbers.
        bins: the fixed edges.
    """
    counts = np.bincount(bin_numbers(values[~np.isnan(values)], bins), minlength=bins.count)
    return [(label, float(count)) for label, count in zip(bins.labels(), counts, strict=True)]


def bin_numbers(values: npt.NDArray[np.float64], bins: Bins) -> npt.NDArray[np.int64]:
    """Return the bin of each of n values, (n,) int64 from 0, as ``Bins.sql`` computes; no NaN."""
    width = (bins.high - bins.low) / bins.count
    numbers = np.floor((values.astype(np.float64) - bins.low) / width)
    return np.clip(numbers, 0, bins.count - 1).astype(np.int64)
