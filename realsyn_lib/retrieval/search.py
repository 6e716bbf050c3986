"""Exact search of sentences inside the clusters that an image looks into."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from realsyn_lib.embeddings import Ids, Vectors
from realsyn_lib.errors import ShapeError
from realsyn_lib.retrieval.candidates import NO_MEMBER
from realsyn_lib.retrieval.ranking import Ranking, exact_cosines, rank_in_groups

NO_SENTENCE = NO_MEMBER


@dataclass(frozen=True)
class SearchRules:
    """How many sentences an image gets and when two of them are too alike to be both given.

    ``top_k``: sentences for an image, at least 1. ``max_same_cosine``: of two chosen sentences at
    most this alike; 1 or more switches the comparison off. ``spare``: sentences looked at beyond
    ``top_k`` to replace repeated ones; with more repeats than that an image gets fewer.
    """

    top_k: int = 3
    max_same_cosine: float = 0.95
    spare: int = 24


@dataclass(frozen=True)
class Sentences:
    """Sentences to search, cluster after cluster.

    ``ids``: (m,) int64. ``vectors``: (m, width) float32 of unit norm. ``text_keys``: (m,) int64,
    equal where the normalised text is. ``starts``: (clusters + 1,) int64, where each cluster begins.
    """

    ids: Ids
    vectors: Vectors
    text_keys: Ids
    starts: Ids


def search_clusters(
    queries: Vectors, clusters: Ids, sentences: Sentences, rules: SearchRules
) -> Ranking:
    """Rank the sentences of the clusters that each image looks into.

    Second half of hierarchical retrieval: the images that look into a cluster share one (n, d) x
    (d, m) product; 0.84e9 sentences over 2e6 clusters make m about 420. A sentence that repeats a
    better one of the same image, by its text or by its vector, is passed over.

    Args:
        queries: (n, width) float32, image embeddings of unit L2 norm.
        clusters: (n, p) int64, the clusters of each image, the nearest first, -1 where fewer.
        sentences: the m sentences.
        rules: how many, and how different.

    Returns:
        Rows of ``sentences`` and cosines, (n, top_k), best first; ``NO_SENTENCE`` and NaN where
        fewer are left. Of equal cosines the smaller id comes first, whatever the input's order.

    Raises:
        ShapeError: the widths or the numbers of rows differ.
        ValueError: ``top_k`` is below 1.

    Source: RealSyn, arXiv 2502.12513, hierarchical retrieval.
    """
    if len(clusters) != len(queries) or sentences.starts[-1] != len(sentences.ids):
        raise ShapeError("search_clusters: clusters and vectors differ in number")
    order = np.argsort(clusters[:, 0], kind="stable")  # neighbours share their products
    found = _choose(queries[order], clusters[order], sentences, rules, rules.top_k)
    sizes = np.append(np.diff(sentences.starts), 0)  # the last is that of NO_MEMBER
    available = sizes[clusters[order]]
    wanted = np.minimum(rules.top_k, available.sum(axis=1))
    short = np.flatnonzero(np.count_nonzero(found.members != NO_SENTENCE, axis=1) < wanted)
    if short.size:
        rows, depth = order[short], rules.top_k + rules.spare
        deeper = _choose(queries[rows], clusters[rows], sentences, rules, depth)
        found.members[short], found.cosines[short] = deeper.members, deeper.cosines
    members, cosines = np.empty_like(found.members), np.empty_like(found.cosines)
    members[order], cosines[order] = found.members, found.cosines
    return Ranking(members, cosines)


def _choose(
    queries: Vectors, clusters: Ids, sentences: Sentences, rules: SearchRules, depth: int
) -> Ranking:
    ranking = rank_in_groups(
        queries, clusters, sentences.vectors, sentences.starts, sentences.ids, depth
    )
    return choose_unlike(ranking, sentences.text_keys, sentences.vectors, rules)


def choose_unlike(
    ranking: Ranking, text_keys: Ids, vectors: Vectors, rules: SearchRules
) -> Ranking:
    """Go down the ranked sentences of each query and take those unlike the ones taken.

    Args:
        ranking: rows of sentences, (n, depth), best first.
        text_keys: (m,) int64, equal where the normalised text is.
        vectors: (m, width) float32 of unit L2 norm.
        rules: how many, and how different.

    Returns:
        (n, top_k) of the ranking, in its order.
    """
    count, depth = ranking.members.shape
    chosen = np.full((count, rules.top_k), NO_SENTENCE, dtype=np.int64)
    cosines = np.full((count, rules.top_k), np.nan)
    counts = np.zeros(count, dtype=np.int64)
    for place in range(depth):
        if (counts == rules.top_k).all():
            break
        asked = ranking.members[:, place]
        rows = np.flatnonzero((asked != NO_SENTENCE) & (counts < rules.top_k))
        rows = rows[~_repeats(chosen[rows], asked[rows], text_keys, vectors, rules)]
        chosen[rows, counts[rows]] = asked[rows]
        cosines[rows, counts[rows]] = ranking.cosines[rows, place]
        counts[rows] += 1
    return Ranking(chosen, cosines)


def _repeats(
    chosen: Ids, asked: Ids, text_keys: Ids, vectors: Vectors, rules: SearchRules
) -> npt.NDArray[np.bool_]:
    """Return (n,) bool: the sentence says what a chosen one of its row already says."""
    repeats = np.zeros(len(asked), dtype=bool)
    row, slot = np.nonzero(chosen != NO_SENTENCE)
    one, other = chosen[row, slot], asked[row]
    same = text_keys[one] == text_keys[other]
    if rules.max_same_cosine < 1.0:
        same |= exact_cosines(vectors, vectors, one, other) > rules.max_same_cosine
    repeats[row[same]] = True
    return repeats
