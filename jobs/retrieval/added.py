"""Images that came, and those whose answers new or gone sentences change, are searched; others stay.

An image's answers stay as long as none of them is gone and no new sentence of its clusters is as
near as its last one: whatever ranks behind that changes nothing.
"""

from dataclasses import replace
from functools import reduce

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql.functions import col

from jobs.retrieval.blocks import asked_by_sample, asked_of, blocks_of, sizes_of
from jobs.retrieval.search import Search, search_in_blocks
from jobs.retrieval.since import Since
from jobs.retrieval.texts import with_texts
from jobs.stage import Change, Stage
from realsyn_lib.embeddings import Ids
from realsyn_lib.retrieval.search import SearchRules

_ROUNDING = 1e-6  # the table holds cosines as float32
_FEW_CLUSTERS = 1000  # their files are found by their ids


def search_changed(
    stage: Stage, images: DataFrame, rows: int, sentences: DataFrame, sizes: Ids,
    search: Search, since: Since, texts: DataFrame,
) -> Change:  # fmt: skip
    """Return what becomes of retrieved_texts: as if all images were searched.

    Args:
        stage: the attempt.
        images: image_id, embedding; ``rows`` of them.
        sentences: rows of sentence_clusters, of the clusters' ``sizes``.
        search: what is looked for.
        since: what changed.
        texts: sentence_id, text.
    """
    touched = _touched(stage, images, rows, sentences, search, since)
    ids = since.images.came if touched is None else since.images.came.union(touched)
    again = images.join(ids.distinct(), "image_id", "left_semi")
    again = stage.scratch("searched_again", again)
    count = again.count()
    stage.metrics |= {"searched_rows": float(count), "carried_rows": float(rows - count)}
    fresh = _searched(stage, again, sentences, sizes, search, texts) if count else None
    if count == since.images.added and not since.images.removed:
        return Change(fresh, is_added=True)
    stay = since.found.join(again.select("image_id"), "image_id", "left_anti")
    if since.images.removed:
        stay = stay.join(since.images.went, "image_id", "left_anti")
    return Change(stay if fresh is None else stay.unionByName(fresh))


def _searched(
    stage: Stage, again: DataFrame, sentences: DataFrame, sizes: Ids, search: Search,
    texts: DataFrame,
) -> DataFrame:  # fmt: skip
    """Search some images; sentences of clusters that none of them looks into are not moved."""
    asked = asked_of(again, search)
    blocks = blocks_of(stage, search, sizes, asked).of_clusters(asked > 0)
    wanted = np.flatnonzero(asked)
    if len(wanted) <= _FEW_CLUSTERS:
        sentences = sentences.where(col("cluster_id").isin(wanted.tolist()))
    found = stage.scratch("found", search_in_blocks(again, sentences, search, blocks))
    return with_texts(found, texts)


def _touched(
    stage: Stage, images: DataFrame, rows: int, sentences: DataFrame, search: Search, since: Since
) -> DataFrame | None:
    """Return image_id of images of then whose answers may be others now; None where none may."""
    old = images.select("image_id", "embedding")
    if since.images.added:
        old = old.join(since.images.came, "image_id", "left_anti")
    last = since.found.where(col("rank") == search.rules.top_k)
    last = last.selectExpr("image_id", "cosine AS least")
    found = []
    if since.sentences.added:
        near = _nearest_new(stage, old, rows, sentences, search, since).join(
            last, "image_id", "left"
        )
        is_near = col("least").isNull() | (col("cosine") >= col("least") - _ROUNDING)
        found.append(near.where(is_near).select("image_id"))
    if since.sentences.removed:
        lost = since.found.join(since.sentences.went, "sentence_id", "left_semi")
        found.append(lost.select("image_id"))
        # One that has too few may have passed over more than it was allowed to look at.
        found.append(old.select("image_id").join(last, "image_id", "left_anti"))
    return reduce(DataFrame.union, found) if found else None


def _nearest_new(
    stage: Stage, old: DataFrame, rows: int, sentences: DataFrame, search: Search, since: Since
) -> DataFrame:
    """Return image_id, cosine of the nearest new sentence of an image's clusters, where there is one."""
    fresh = sentences.join(since.sentences.came, "sentence_id", "left_semi")
    fresh = stage.scratch("fresh_sentences", fresh.select(*sentences.columns))
    search = replace(search, rules=SearchRules(1, max_same_cosine=2.0, spare=0))
    sizes = sizes_of(fresh, search)
    blocks = blocks_of(stage, search, sizes, asked_by_sample(old, rows, search)).of_clusters(
        sizes > 0
    )
    found = search_in_blocks(old, fresh, search, blocks)
    return found.select("image_id", "cosine")
