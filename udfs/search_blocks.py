"""Images -> the blocks they are searched in; block by block -> the best sentences there."""

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from realsyn_lib.arrow_types import arrow_schema
from realsyn_lib.embeddings import Ids, vectors_of
from realsyn_lib.equal_runs import run_places, run_starts
from realsyn_lib.hashing import xxhash64_rows
from realsyn_lib.retrieval.blocks import Blocks, meetings
from realsyn_lib.retrieval.levels import LevelIndex
from realsyn_lib.retrieval.ranking import Ranking, rank_in_groups
from realsyn_lib.retrieval.search import NO_SENTENCE, SearchRules, Sentences, search_clusters
from udfs.gather import gathered
from udfs.nearest_cluster import ArrowMap, with_probes
from udfs.place_in_cells import cell_lists

ROUTED_DDL = (
    "block int, copy int, image_id bigint, embedding binary, clusters array<int>, is_only boolean"
)
LOADS_DDL = "cluster_id int, images bigint"
FOUND_DDL = (
    "image_id bigint, rank int, sentence_id bigint, cosine double, cluster_id int, "
    "text_key bigint, is_only boolean"
)
EXACT_DDL = f"{FOUND_DDL}, embedding binary"
_ROWS_AT_ONCE = 2**14  # sentences, and rows of one batch of routed images
_COPY_SEED = 5  # images of a block are dealt out over its copies by hash


def route_images(index: LevelIndex, beam: int, nprobe: int, blocks: Blocks) -> ArrowMap:
    """Return a ``mapInArrow`` function: (image_id, embedding) -> ``ROUTED_DDL``.

    Expects embedding: binary, float16 little-endian, unit norm, of the width of ``index``. An image
    comes once for each block that holds some of its ``nprobe`` nearest clusters, with those.
    ``_ROWS_AT_ONCE`` rows are in memory.
    """

    def route(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch, clusters in with_probes(batches, index, beam, nprobe):
            met = meetings(clusters, blocks)
            for start in range(0, len(met.row), _ROWS_AT_ONCE):
                part = slice(start, start + _ROWS_AT_ONCE)
                row, block, probe = met.row[part], met.block[part], met.probe[part]
                own = batch.take(pa.array(row))
                deal = xxhash64_rows(_COPY_SEED, own["image_id"].to_numpy())
                columns = [
                    pa.array(block.astype(np.int32)),
                    pa.array((deal % blocks.copies[block]).astype(np.int32)),
                    own["image_id"],
                    own["embedding"],
                    cell_lists(np.where(probe < 0, probe, clusters[row[:, None], probe])),
                    pa.array(met.is_only[part]),
                ]
                yield pa.RecordBatch.from_arrays(columns, schema=arrow_schema(ROUTED_DDL))

    return route


def cluster_loads(index: LevelIndex, beam: int, nprobe: int) -> ArrowMap:
    """Return a ``mapInArrow`` function: (image_id, embedding) -> ``LOADS_DDL``, of each batch."""

    def count(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for _, found in with_probes(batches, index, beam, nprobe):
            clusters, images = np.unique(found[found >= 0], return_counts=True)
            columns = [pa.array(clusters.astype(np.int32)), pa.array(images)]
            yield pa.RecordBatch.from_arrays(columns, ["cluster_id", "images"])

    return count


def search_block(rules: SearchRules) -> Callable[[pa.Table, pa.Table], pa.Table]:
    """Return a ``cogroup.applyInArrow`` function: ``ROUTED_DDL`` and sentences -> ``FOUND_DDL``.

    Sentences: cluster_id int, sentence_id bigint, text_key bigint, embedding binary. Both sides of
    a block are in memory, vectors as they came, sorted and as float32: about 8 * width bytes a
    sentence and 12 * width an image.
    """

    def search(images: pa.Table, sentences: pa.Table) -> pa.Table:
        if images.num_rows == 0 or sentences.num_rows == 0:
            return arrow_schema(FOUND_DDL).empty_table()
        sentences = sentences.sort_by([("cluster_id", "ascending"), ("sentence_id", "ascending")])
        searchable = _searchable(sentences)
        clusters = sentences["cluster_id"].to_numpy()[searchable.starts[:-1]]
        own = _local(images["clusters"], clusters)
        ranking = search_clusters(vectors_of(images["embedding"]), own, searchable, rules)
        columns = _rows(images, sentences, ranking)
        return pa.Table.from_arrays(columns, schema=arrow_schema(FOUND_DDL))

    return search


def search_all(asked: bytes, rules: SearchRules) -> ArrowMap:
    """Return a ``mapInArrow`` function: sentences as in ``search_block`` -> ``EXACT_DDL``.

    The images of ``asked``, an Arrow stream of (image_id, embedding), are compared with every
    sentence of a partition. Its best ``top_k + spare`` of each image, whatever they say, are the
    parts of an exact search.
    """
    depth = rules.top_k + rules.spare

    def search(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        images = pa.ipc.open_stream(asked).read_all()
        queries, schema = vectors_of(images["embedding"]), arrow_schema(EXACT_DDL)
        images = images.append_column("is_only", pa.repeat(False, len(queries)))
        one_group = np.zeros((len(queries), 1), dtype=np.int64)
        held = schema.empty_table()
        for batch in gathered(batches, _ROWS_AT_ONCE):
            sentences = pa.Table.from_batches([batch])
            ids, vectors, _ = _arrays(sentences)
            starts = np.array([0, len(ids)])
            ranking = rank_in_groups(queries, one_group, vectors, starts, ids, depth)
            vectors_found = ranking.members[ranking.members != NO_SENTENCE]
            columns = _rows(images, sentences, ranking)
            columns.append(sentences["embedding"].take(pa.array(vectors_found)))
            found = pa.Table.from_arrays(columns, schema=schema)
            held = best_rows(pa.concat_tables([held, found]), depth)
        yield from held.to_batches()

    return search


def best_rows(found: pa.Table, depth: int) -> pa.Table:
    """Return the ``depth`` best rows of each image, by image, cosine and sentence_id."""
    images, cosines = found["image_id"].to_numpy(), found["cosine"].to_numpy()
    order = np.lexsort((found["sentence_id"].to_numpy(), -cosines, images))
    return found.take(pa.array(order[run_places(images[order]) < depth])).combine_chunks()


def _rows(images: pa.Table, sentences: pa.Table, ranking: Ranking) -> list[pa.ChunkedArray]:
    """Return the columns of ``FOUND_DDL``."""
    query, place = np.nonzero(ranking.members != NO_SENTENCE)
    chosen = sentences.select(["sentence_id", "cluster_id", "text_key"])
    chosen = chosen.take(pa.array(ranking.members[query, place]))
    return [
        images["image_id"].take(pa.array(query)),
        pa.array((place + 1).astype(np.int32)),
        chosen["sentence_id"],
        pa.array(ranking.cosines[query, place]),
        chosen["cluster_id"],
        chosen["text_key"],
        images["is_only"].take(pa.array(query)),
    ]


def _searchable(sentences: pa.Table) -> Sentences:
    """Sentences as arrays, in their order, which is by cluster."""
    clusters = sentences["cluster_id"].to_numpy()
    return Sentences(*_arrays(sentences), np.append(run_starts(clusters), len(clusters)))


def _arrays(sentences: pa.Table) -> tuple[Ids, np.ndarray, Ids]:
    return (
        sentences["sentence_id"].to_numpy(),
        vectors_of(sentences["embedding"]),
        sentences["text_key"].to_numpy(),
    )


def _local(lists: pa.ChunkedArray, clusters: Ids) -> Ids:
    """Return the numbers that the clusters of lists have here, (n, longest), -1 where none."""
    own = lists.combine_chunks() if isinstance(lists, pa.ChunkedArray) else lists
    lengths = pc.list_value_length(own).to_numpy(zero_copy_only=False).astype(np.int64)
    there = np.arange(max(1, lengths.max(initial=1))) < lengths[:, None]
    flat = own.flatten().to_numpy()
    place = np.searchsorted(clusters, flat)
    is_here = (place < len(clusters)) & (clusters[np.minimum(place, len(clusters) - 1)] == flat)
    found = np.full(there.shape, NO_SENTENCE, dtype=np.int64)
    found[there] = np.where(is_here, place, NO_SENTENCE)
    return found
