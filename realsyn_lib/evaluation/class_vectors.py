"""Classes as vectors: the mean direction of what templates say of each."""

from collections.abc import Callable, Sequence

import numpy as np

from realsyn_lib.embeddings import Vectors, unit_rows

_TEXTS_AT_ONCE = 4096
NAME_SLOT = "{c}"  # as CLIP_benchmark's templates have it


def class_vectors(
    embed_texts: Callable[[list[str]], Vectors], classes: Sequence[str], templates: Sequence[str]
) -> Vectors:
    """Return a vector for each class: unit texts of all templates, their mean, made unit again.

    A template is text alone: nothing but ``{c}`` in it has a meaning.

    Args:
        embed_texts: n texts -> (n, width) float32 of unit norm.
        classes: names, at least 1.
        templates: each with ``{c}`` where the name goes, at least 1.

    Returns:
        (classes, width) float32 of unit norm.

    Source: CLIP, arXiv 2103.00020; CLIP_benchmark's zeroshot_classification.
    """
    at_once = max(1, _TEXTS_AT_ONCE // len(templates))
    parts = []
    for start in range(0, len(classes), at_once):
        names = classes[start : start + at_once]
        texts = [template.replace(NAME_SLOT, name) for name in names for template in templates]
        vectors = embed_texts(texts)
        parts.append(vectors.reshape(len(names), len(templates), -1).mean(axis=1))
    return unit_rows(np.concatenate(parts))
