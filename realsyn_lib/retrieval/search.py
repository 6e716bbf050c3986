"""Exact search of sentences inside one cluster, and inside every cluster of a block."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from realsyn_lib.embeddings import Ids, Vectors, dot_rows
from realsyn_lib.errors import ShapeError
from realsyn_lib.retrieval.ranking import NO_MEMBER, Ranking, rank_members

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
    """Sentences to search: ids, vectors, and a key that is equal where the normalised text is.

    ``ids``: (m,) int64. ``vectors``: (m, width) float32 of unit norm. ``text_keys``: (m,) int64.
    """

    ids: Ids
    vectors: Vectors
    text_keys: Ids

    def take(self, rows: Ids | slice) -> "Sentences":
        """Return the sentences of the given rows."""
        return Sentences(self.ids[rows], self.vectors[rows], self.text_keys[rows])


@dataclass(frozen=True)
class Found:
    """One row for each image and rank: ``query`` row, ``rank`` from 1, ``member`` row, cosine."""

    query: Ids
    rank: npt.NDArray[np.int32]
    member: Ids
    cosine: npt.NDArray[np.float32]


def search_cluster(queries: Vectors, sentences: Sentences, rules: SearchRules) -> Ranking:
    """Rank the sentences of one cluster for each image assigned to it.

    Second half of hierarchical retrieval, one (n, d) x (d, m) product: 0.84e9 sentences over 2e6
    clusters make m about 420. A sentence that repeats a better one of the same image, by its text
    or by its vector, is passed over.

    Args:
        queries: (n, width) float32, image embeddings of unit L2 norm.
        sentences: the m sentences of the cluster.
        rules: how many, and how different.

    Returns:
        Rows of ``sentences`` and cosines, (n, top_k), best first; ``NO_SENTENCE`` and NaN where
        fewer are left. Of equal cosines the smaller id comes first, whatever the input's order.

    Raises:
        ShapeError: the widths differ.
        ValueError: ``top_k`` is below 1.

    Source: RealSyn, arXiv 2502.12513, hierarchical retrieval.
    """
    best = _choose(queries, sentences, rules, rules.top_k)
    wanted = min(rules.top_k, len(sentences.ids))
    short = np.flatnonzero(np.count_nonzero(best.members != NO_SENTENCE, axis=1) < wanted)
    if short.size:
        deeper = _choose(queries[short], sentences, rules, rules.top_k + rules.spare)
        best.members[short], best.cosines[short] = deeper.members, deeper.cosines
    return best


def search_block(
    query_clusters: Ids,
    queries: Vectors,
    sentence_clusters: Ids,
    sentences: Sentences,
    rules: SearchRules,
) -> Found:
    """Search many clusters at once: each image among the sentences of its own cluster.

    Args:
        query_clusters: (n,) cluster of each image.
        queries: (n, width) float32 of unit L2 norm.
        sentence_clusters: (m,) cluster of each sentence.
        sentences: the m sentences.
        rules: how many, and how different.

    Returns:
        Rows in the order of images and ranks; an image whose cluster has no sentence has none.

    Raises:
        ShapeError: the lengths differ.
    """
    if len(query_clusters) != len(queries) or len(sentence_clusters) != len(sentences.ids):
        raise ShapeError("search_block: clusters and vectors differ in number")
    members = np.full((len(queries), rules.top_k), NO_SENTENCE, dtype=np.int64)
    cosines = np.full((len(queries), rules.top_k), np.nan)
    query_order = np.argsort(query_clusters, kind="stable")
    order = np.argsort(sentence_clusters, kind="stable")
    clusters, starts = np.unique(query_clusters[query_order], return_index=True)
    ends = np.r_[starts[1:], len(queries)]
    lows = np.searchsorted(sentence_clusters[order], clusters, side="left")
    highs = np.searchsorted(sentence_clusters[order], clusters, side="right")
    for start, end, low, high in zip(starts, ends, lows, highs, strict=True):
        rows, own = query_order[start:end], order[low:high]
        ranking = search_cluster(queries[rows], sentences.take(own), rules)
        hit = ranking.members != NO_SENTENCE
        members[rows] = np.where(hit, own[ranking.members] if len(own) else -1, NO_SENTENCE)
        cosines[rows] = ranking.cosines
    query, rank = np.nonzero(members != NO_SENTENCE)
    return Found(
        query,
        (rank + 1).astype(np.int32),
        members[query, rank],
        cosines[query, rank].astype(np.float32),
    )


def _choose(queries: Vectors, sentences: Sentences, rules: SearchRules, depth: int) -> Ranking:
    """Go down the best ``depth`` sentences of each query and take those unlike the ones taken."""
    ranking = rank_members(queries, sentences.vectors, sentences.ids, depth)
    chosen = np.full((len(queries), rules.top_k), NO_SENTENCE, dtype=np.int64)
    cosines = np.full((len(queries), rules.top_k), np.nan)
    counts = np.zeros(len(queries), dtype=np.int64)
    for place in range(depth):
        candidates = ranking.members[:, place]
        rows = np.flatnonzero((candidates != NO_SENTENCE) & (counts < rules.top_k))
        rows = rows[~_repeats(chosen[rows], candidates[rows], sentences, rules)]
        chosen[rows, counts[rows]] = candidates[rows]
        cosines[rows, counts[rows]] = ranking.cosines[rows, place]
        counts[rows] += 1
    return Ranking(chosen, cosines)


def _repeats(
    chosen: Ids, candidates: Ids, sentences: Sentences, rules: SearchRules
) -> npt.NDArray[np.bool_]:
    """Return (n,) bool: the candidate says what a chosen sentence of its row already says."""
    repeats = np.zeros(len(candidates), dtype=bool)
    row, slot = np.nonzero(chosen != NO_SENTENCE)
    one, other = chosen[row, slot], candidates[row]
    same = sentences.text_keys[one] == sentences.text_keys[other]
    if rules.max_same_cosine < 1.0:
        cosines = dot_rows(sentences.vectors[one], sentences.vectors[other])
        same |= cosines > rules.max_same_cosine
    repeats[row[same]] = True
    return repeats
