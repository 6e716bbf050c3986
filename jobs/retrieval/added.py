"""Images that came, and those whose answers new or gone sentences change, are searched; others stay.

An image's answers stay as long as no sentence of its clusters that came or went is as near as the last
of them: whatever ranks behind that changes nothing.
"""

from dataclasses import replace

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
        images: image_id, content_id, embedding; ``rows`` of them.
        sentences: rows of sentence_clusters, of the clusters' ``sizes``.
        search: what is looked for.
        since: what changed.
        texts: sentence_id, text.
    """
    touched = _touched(stage, images, rows, search, since)
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
    stage: Stage, images: DataFrame, rows: int, search: Search, since: Since
) -> DataFrame | None:
    """Return image_id of images of then whose answers may be others now; None where none may."""
    if not since.sentences.added and not since.sentences.removed:
        return None
    old = images
    if since.images.added:
        old = old.join(since.images.came, "image_id", "left_anti")
    last = since.found.where(col("rank") == search.rules.top_k)
    last = last.selectExpr("image_id", "cosine AS least")
    changed = since.new.unionByName(since.lost)
    near = _nearest(stage, old, rows, changed, search).join(last, "image_id", "left")
    is_near = col("least").isNull() | (col("cosine") >= col("least") - _ROUNDING)
    return near.where(is_near).select("image_id")


def _nearest(
    stage: Stage, old: DataFrame, rows: int, changed: DataFrame, search: Search
) -> DataFrame:
    """Return image_id, cosine of the nearest of some sentences, where an image's clusters hold one."""
    search = replace(search, rules=SearchRules(1, max_same_cosine=2.0, spare=0))
    sizes = sizes_of(changed, search)
    asked = np.where(sizes > 0, asked_by_sample(old, rows, search), 0)
    blocks = blocks_of(stage, search, sizes, asked).of_clusters(sizes > 0)
    found = search_in_blocks(old, changed, search, blocks)
    return found.select("image_id", "cosine")
