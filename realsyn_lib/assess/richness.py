"""How rich texts are: tokens of each, distinct words of all, a summary of numbers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from realsyn_lib.dedup.shingles import words_of

Tokenizer = Callable[[Sequence[str]], npt.NDArray[np.int64]]


@dataclass(frozen=True)
class Summary:
    """Count, mean, and the 5, 50 and 95 % quantiles; NaN where there is nothing."""

    count: int
    mean: float
    low: float
    median: float
    high: float

    def rows(self) -> list[tuple[str, float]]:
        """Return (label, value) rows."""
        return [
            ("count", float(self.count)),
            ("mean", self.mean),
            ("p05", self.low),
            ("p50", self.median),
            ("p95", self.high),
        ]


def summarise(values: npt.NDArray[np.float64]) -> Summary:
    """Return the summary of (n,) numbers; NaN is left out."""
    known = values[~np.isnan(values)]
    if len(known) == 0:
        return Summary(0, np.nan, np.nan, np.nan, np.nan)
    low, median, high = (float(edge) for edge in np.quantile(known, [0.05, 0.5, 0.95]))
    return Summary(len(known), float(known.mean()), low, median, high)


def token_counts(texts: pa.Array, count_tokens: Tokenizer | None = None) -> npt.NDArray[np.int64]:
    """Return the tokens of each text, (n,) int64.

    Args:
        texts: n values of ``string`` without null.
        count_tokens: counts the tokens of a list of texts, such as CLIP's byte pairs; without it
            words are counted.
    """
    if count_tokens is not None:
        return count_tokens(texts.to_pylist())
    return np.diff(words_of(texts)[1])


def distinct_words(texts: pa.Array) -> pa.Array:
    """Return the distinct words of all texts in ascending order, lower case."""
    return words_of(texts)[0].unique().sort()
