"""Metrics of classification, as CLIP_benchmark and scikit-learn count them."""

import numpy as np
import numpy.typing as npt

from realsyn_lib.errors import ShapeError

Labels = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


def ranked_classes(scores: Floats, count: int) -> Labels:
    """Return the classes with the highest scores, best first.

    Args:
        scores: (n, classes) float32; higher is better.
        count: classes wanted, at most all there are.

    Returns:
        (n, count) int64; of equal scores the smaller class comes first.
    """
    best = np.argsort(-scores, axis=1, kind="stable")[:, :count]
    return best.astype(np.int64)


def top_accuracy(ranked: Labels, labels: Labels, k: int) -> float:
    """Return the share of rows whose label is among their first ``k`` classes.

    Args:
        ranked: (n, at least k) int64, classes, best first.
        labels: (n,) int64, the true classes.
        k: at least 1.

    Returns:
        0..1; NaN where ``ranked`` has fewer than ``k`` columns, as CLIP_benchmark has it for sets of
        fewer than five classes.

    Raises:
        ShapeError: another number of labels than rows.
    """
    if len(ranked) != len(labels):
        raise ShapeError(f"top_accuracy: {len(ranked)} rows, {len(labels)} labels")
    if ranked.shape[1] < k:
        return float("nan")
    return float((ranked[:, :k] == labels[:, None]).any(axis=1).mean())


def mean_per_class_recall(predicted: Labels, labels: Labels) -> float:
    """Return the mean over the classes that occur of the share of their rows told right.

    scikit-learn's ``balanced_accuracy_score``: a class without rows has no recall and no say.

    Args:
        predicted: (n,) int64.
        labels: (n,) int64, at least 0; n at least 1.
    """
    counts = np.bincount(labels)
    right = np.bincount(labels[predicted == labels], minlength=len(counts))
    there = counts > 0
    return float((right[there] / counts[there]).mean())


def roc_auc(scores: Floats, labels: Labels) -> float:
    """Return the area under the ROC curve of two classes: the chance that a 1 scores above a 0.

    Args:
        scores: (n,) float, higher for class 1; equal ones count half.
        labels: (n,) int64, each 0 or 1.

    Returns:
        0..1; NaN where one of the classes has no row.
    """
    _, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks = (ends - (counts - 1) / 2)[places]  # the mean rank, from 1, of equal scores
    ones = int((labels == 1).sum())
    zeros = len(labels) - ones
    if ones == 0 or zeros == 0:
        return float("nan")
    return float((ranks[labels == 1].sum() - ones * (ones + 1) / 2) / (ones * zeros))
