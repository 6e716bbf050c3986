"""Recall of image-text retrieval, as CLIP papers count it."""

import numpy as np

from realsyn_lib.embeddings import Ids, Vectors
from realsyn_lib.errors import ShapeError

_ROWS_AT_ONCE = 1024


def retrieval_recalls(
    images: Vectors, texts: Vectors, image_of_text: Ids, ks: tuple[int, ...]
) -> dict[str, float]:
    """Return recall at each k, of images for texts and of texts for images.

    A query counts as answered when at least one of its partners is among the k nearest.

    Args:
        images: (n, d) float32 of unit norm.
        texts: (m, d) float32 of unit norm.
        image_of_text: (m,) int64, the row in ``images`` that each text describes. An image may have
            several texts; one without any asks nothing.
        ks: at least 1 each; beyond the number of candidates all of them count.

    Returns:
        ``image_retrieval_recall@K`` (a text looks for its image) and ``text_retrieval_recall@K`` (an
        image for one of its texts), 0..1. Of equal cosines the smaller row comes first.

    Raises:
        ShapeError: another number of texts than partners, or of another width than images.

    Source: CLIP_benchmark's zeroshot_retrieval.
    """
    if len(texts) != len(image_of_text) or images.shape[1:] != texts.shape[1:]:
        raise ShapeError(
            f"retrieval_recalls: images {images.shape}, texts {texts.shape}, "
            f"{len(image_of_text)} partners"
        )
    of_texts = _best_rank(texts, image_of_text, images, np.arange(len(images)))
    asking = np.unique(image_of_text)
    of_images = _best_rank(images[asking], asking, texts, image_of_text)
    recalls = {}
    for k in ks:
        recalls[f"image_retrieval_recall@{k}"] = float((of_texts < k).mean())
        recalls[f"text_retrieval_recall@{k}"] = float((of_images < k).mean())
    return recalls


def _best_rank(queries: Vectors, wanted: Ids, candidates: Vectors, image_of: Ids) -> Ids:
    """Return (n,) the rank, from 0, of the first candidate whose image is the one that is wanted."""
    ranks = np.empty(len(queries), dtype=np.int64)
    for start in range(0, len(queries), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        order = np.argsort(-(queries[rows] @ candidates.T), axis=1, kind="stable")
        ranks[rows] = (image_of[order] == wanted[rows, None]).argmax(axis=1)
    return ranks
