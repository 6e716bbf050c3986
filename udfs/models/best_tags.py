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
    least = np.full(len(scores), min_score, dtype=scores.dtype)
    if max_tags < scores.shape[1]:  # of thousands only those are sorted that may be among the best
        place = scores.shape[1] - max_tags
        least = np.maximum(least, np.partition(scores, place, axis=1)[:, place])
    return [_best(row, labels, max_tags, bound) for row, bound in zip(scores, least, strict=True)]


def _best(row: np.ndarray, labels: list[str], max_tags: int, least: np.floating) -> list[Tag]:
    there = np.flatnonzero(row >= least)
    best = there[np.argsort(-row[there], kind="stable")[:max_tags]]
    return [(labels[k], float(row[k])) for k in best.tolist()]
