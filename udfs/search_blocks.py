"""Task by task: the sentences of a block of clusters, then its images -> the best sentences of each."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from realsyn_lib.arrow_types import arrow_schema
from realsyn_lib.embeddings import Ids, Vectors, vectors_of
from realsyn_lib.equal_runs import run_starts
from realsyn_lib.failpoints import reach
from realsyn_lib.retrieval.search import NO_SENTENCE, SearchRules, Sentences, search_clusters
from udfs.device import search_on_device
from udfs.found_rows import FOUND_DDL, found_rows
from udfs.gather import gathered
from udfs.nearest_cluster import ArrowMap
from udfs.packs import PACKS_DDL, unpacked
from udfs.route_to_blocks import IMAGE_PACK, SENTENCE_PACK

MET_DDL = f"{PACKS_DDL}, is_image boolean"
_ROWS_AT_ONCE = 2**14


def search_blocks(rules: SearchRules) -> ArrowMap:
    """Return a ``mapInArrow`` function: ``MET_DDL`` in order of (task, is_image) -> ``FOUND_DDL``.

    The sentences of a task are in memory as they came and as float32, 6 * width bytes each, and of
    its images ``_ROWS_AT_ONCE``.
    """

    def search(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        search_on_device()
        for _, of_task in groupby(_packs(batches), key=itemgetter(0)):
            block: _Block | None = None
            for is_image, side in groupby(of_task, key=itemgetter(1)):
                packs = (pack for _, _, pack in side)
                if not is_image:
                    block = _block(list(unpacked(packs, SENTENCE_PACK)))
                elif block is not None:
                    for images in gathered(unpacked(packs, IMAGE_PACK), _ROWS_AT_ONCE):
                        reach("search_blocks.batch")
                        yield _search(images, block, rules)

    return search


@dataclass(frozen=True)
class _Block:
    """Sentences by cluster. ``rows``: sentence_id, cluster_id, text_key. ``clusters``: (c,) ids."""

    rows: pa.Table
    clusters: Ids
    searchable: Sentences


def _packs(batches: Iterator[pa.RecordBatch]) -> Iterator[tuple[int, bool, pa.BinaryScalar]]:
    for batch in batches:
        sides = batch["task"].to_pylist(), batch["is_image"].to_pylist()
        yield from zip(*sides, batch["rows"], strict=True)


def _block(packs: list[pa.RecordBatch]) -> _Block:
    rows = pa.Table.from_batches(packs).drop_columns("embedding").combine_chunks()
    order = np.argsort(rows["cluster_id"].to_numpy(), kind="stable")
    rows = rows.take(pa.array(order)).combine_chunks()
    clusters = rows["cluster_id"].to_numpy()
    starts = run_starts(clusters)
    ids, keys = (rows[name].to_numpy() for name in ("sentence_id", "text_key"))
    bounds = np.append(starts, len(order))
    return _Block(rows, clusters[starts], Sentences(ids, _placed(packs, order), keys, bounds))


def _placed(packs: list[pa.RecordBatch], order: Ids) -> Vectors:
    """Return the vectors of all packs in that order, pack after pack widened into their places."""
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    first = vectors_of(packs[0]["embedding"])
    vectors = np.empty((len(order), first.shape[1]), dtype=np.float32)
    at = 0
    for pack in packs:
        end = at + pack.num_rows
        vectors[place[at:end]] = vectors_of(pack["embedding"], first.shape[1])
        at = end
    return vectors


def _search(images: pa.RecordBatch, block: _Block, rules: SearchRules) -> pa.RecordBatch:
    own = _local(images["clusters"], block.clusters)
    ranking = search_clusters(vectors_of(images["embedding"]), own, block.searchable, rules)
    columns = found_rows(images, block.rows, ranking)
    return pa.RecordBatch.from_arrays(columns, schema=arrow_schema(FOUND_DDL))


def _local(lists: pa.ListArray, clusters: Ids) -> Ids:
    """Return the numbers that the clusters of lists have here, (n, longest), -1 where none."""
    lengths = pc.list_value_length(lists).to_numpy(zero_copy_only=False).astype(np.int64)
    there = np.arange(max(1, lengths.max(initial=1))) < lengths[:, None]
    flat = lists.flatten().to_numpy()
    place = np.searchsorted(clusters, flat)
    is_here = (place < len(clusters)) & (clusters[np.minimum(place, len(clusters) - 1)] == flat)
    found = np.full(there.shape, NO_SENTENCE, dtype=np.int64)
    found[there] = np.where(is_here, place, NO_SENTENCE)
    return found
