"""Rows of what a search found, and the best of them."""

import numpy as np
import pyarrow as pa

from realsyn_lib.equal_runs import run_places
from realsyn_lib.retrieval.ranking import Ranking
from realsyn_lib.retrieval.search import NO_SENTENCE

FOUND_DDL = (
    "image_id bigint, rank int, sentence_id bigint, cosine double, cluster_id int, "
    "text_key bigint, is_only boolean"
)


def found_rows(
    images: pa.Table | pa.RecordBatch, sentences: pa.Table, ranking: Ranking
) -> list[pa.Array]:
    """Return the columns of ``FOUND_DDL``: a row for each place that is filled.

    Args:
        images: image_id, is_only, (n,).
        sentences: sentence_id, cluster_id, text_key, which the ranking's members are rows of.
        ranking: (n, k).
    """
    query, place = np.nonzero(ranking.members != NO_SENTENCE)
    chosen = sentences.select(["sentence_id", "cluster_id", "text_key"]).combine_chunks()
    chosen = chosen.take(pa.array(ranking.members[query, place])).combine_chunks()
    columns = [
        images["image_id"].take(pa.array(query)),
        pa.array((place + 1).astype(np.int32)),
        chosen["sentence_id"],
        pa.array(ranking.cosines[query, place]),
        chosen["cluster_id"],
        chosen["text_key"],
        images["is_only"].take(pa.array(query)),
    ]
    return [
        column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        for column in columns
    ]


def best_rows(found: pa.Table, depth: int) -> pa.Table:
    """Return the ``depth`` best rows of each image, by image, cosine and sentence_id."""
    images, cosines = found["image_id"].to_numpy(), found["cosine"].to_numpy()
    order = np.lexsort((found["sentence_id"].to_numpy(), -cosines, images))
    return found.take(pa.array(order[run_places(images[order]) < depth])).combine_chunks()
