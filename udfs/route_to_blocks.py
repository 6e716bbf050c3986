"""Images and sentences -> the tasks in which they meet, in packs."""

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa

from realsyn_lib.arrow_types import arrow_schema
from realsyn_lib.hashing import xxhash64_rows
from realsyn_lib.retrieval.blocks import Blocks, meetings
from realsyn_lib.retrieval.levels import LevelIndex
from udfs.gather import gathered
from udfs.nearest_cluster import ArrowMap, with_probes
from udfs.packs import PACKS_DDL, packed
from udfs.place_in_cells import cell_lists

IMAGE_PACK = arrow_schema("image_id bigint, embedding binary, clusters array<int>, is_only boolean")
SENTENCE_PACK = arrow_schema(
    "cluster_id int, sentence_id bigint, text_key bigint, embedding binary"
)
SENTENCES_DDL = f"{PACKS_DDL}, last int"
LOADS_DDL = "cluster_id int, images bigint"
_ROWS_AT_ONCE = 2**14
_COPY_SEED = 5  # images of a block are dealt out over its tasks by hash
_PART_SEED = 6  # sentences of a large cluster are dealt out over its blocks by hash


def route_images(index: LevelIndex, beam: int, nprobe: int, blocks: Blocks) -> ArrowMap:
    """Return a ``mapInArrow`` function: (image_id, embedding) -> packs of ``IMAGE_PACK``.

    Expects embedding: binary, float16 little-endian, unit norm, of the width of ``index``. An image
    comes once for each block that holds some of its ``nprobe`` nearest clusters, with those. Some
    ``_ROWS_AT_ONCE`` rows are in memory.
    """

    def route(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch, clusters in with_probes(batches, index, beam, nprobe):
            met = meetings(clusters, blocks)
            dealt = xxhash64_rows(_COPY_SEED, batch["image_id"].to_numpy())[met.row]
            tasks = blocks.first_task[met.block] + dealt % blocks.copies[met.block]
            there = np.where(met.probe < 0, met.probe, clusters[met.row[:, None], met.probe])
            own = _meetings(batch, pa.array(met.row), cell_lists(there), pa.array(met.is_only))
            yield from packed(tasks, own, batch.nbytes // batch.num_rows)

    return route


def _meetings(
    images: pa.RecordBatch, row: pa.Array, clusters: pa.Array, is_only: pa.Array
) -> Callable[[pa.Array], pa.RecordBatch]:
    """Return a function that makes rows of ``IMAGE_PACK`` of some of n meetings."""

    def take(some: pa.Array) -> pa.RecordBatch:
        own = images.take(row.take(some))
        columns = [own["image_id"], own["embedding"], clusters.take(some), is_only.take(some)]
        return pa.RecordBatch.from_arrays(columns, schema=IMAGE_PACK)

    return take


def deal_sentences(blocks: Blocks) -> ArrowMap:
    """Return a ``mapInArrow`` function: rows as of ``SENTENCE_PACK`` -> ``SENTENCES_DDL``.

    A pack goes to all tasks from ``task`` to ``last``; sentences of clusters that no block holds go
    nowhere. Some ``_ROWS_AT_ONCE`` rows are in memory.
    """
    first_task = blocks.first_task

    def deal(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in gathered(batches, _ROWS_AT_ONCE):
            rows = pa.RecordBatch.from_arrays(batch.columns, schema=SENTENCE_PACK)
            is_held = blocks.parts[rows["cluster_id"].to_numpy()] > 0
            rows = rows.filter(pa.array(is_held))
            cluster = rows["cluster_id"].to_numpy()
            part = xxhash64_rows(_PART_SEED, rows["sentence_id"].to_numpy())
            tasks = first_task[blocks.first[cluster] + part % blocks.parts[cluster]]
            for packs in packed(tasks, rows.take, rows.nbytes // max(1, rows.num_rows)):
                ends = first_task[np.searchsorted(first_task, packs["task"].to_numpy(), "right")]
                yield packs.append_column("last", pa.array((ends - 1).astype(np.int32)))

    return deal


def cluster_loads(index: LevelIndex, beam: int, nprobe: int) -> ArrowMap:
    """Return a ``mapInArrow`` function: (image_id, embedding) -> ``LOADS_DDL``, of each batch."""

    def count(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for _, found in with_probes(batches, index, beam, nprobe):
            clusters, images = np.unique(found[found >= 0], return_counts=True)
            columns = [pa.array(clusters.astype(np.int32)), pa.array(images)]
            yield pa.RecordBatch.from_arrays(columns, ["cluster_id", "images"])

    return count
