"""Scores of all labels -> the tags of each image."""

from __future__ import annotations

import numpy as np

Tag = tuple[str, float]


def best_tags(
    scores: np.ndarray, labels: list[str], max_tags: int, min_score: float
) -> list[list[Tag]]:
    """Return for each row of ``scores`` (n, labels) the labels of at least ``min_score``.

    At most ``max_tags``, best first; of equal scores the earlier label.
    """
    best = np.argsort(-scores, axis=1, kind="stable")[:, :max_tags]
    values = np.take_along_axis(scores, best, axis=1)
    return [
        [(labels[k], float(v)) for k, v in zip(row, kept, strict=True) if v >= min_score]
        for row, kept in zip(best.tolist(), values.tolist(), strict=True)
    ]
