"""Members of components -> their representatives, and what that needs of large components."""

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from realsyn_lib.dedup.survivors import Members, representatives, smallest_ids
from realsyn_lib.embeddings import (
    CENTROID_TYPE,
    EMBEDDING_TYPE,
    binary_of,
    dot_rows,
    unit_rows,
    vectors_of,
)
from realsyn_lib.equal_runs import run_starts

Batches = Iterator[pa.RecordBatch]
SETTLED_DDL = "id bigint, component_id bigint, representative_id bigint, split_from bigint"
SUMS_DDL = "component_id bigint, total binary"
CENTROIDS_DDL = "component_id bigint, other binary"
_SUM_TYPE = "<f8"
_GROUP = ("component_id", "part")


def settle_groups(max_distance: float | None, rows: int) -> Callable[[Batches], Batches]:
    """Return a ``mapInArrow`` function: members of whole groups -> ``SETTLED_DDL``.

    Expects component_id bigint, part bigint, id bigint, merits array<bigint> (of one length) and
    embedding binary (float16), sorted by component and part, each of which lies in one partition.
    Part 0 is a component as its pairs joined it; others are rows that left one. Held at once are
    ``rows`` rows and the rest of a group, at some 22 bytes for each number of a vector.
    """

    def settle(batches: Batches) -> Batches:
        for table in _whole_groups(batches, rows):
            yield from _settled(table, max_distance).to_batches()

    return settle


def sum_vectors(batches: Batches) -> Batches:
    """Add up the vectors of each component in a partition: ``SUMS_DDL``, float64.

    Sums of float16 lose no bit up to 2**29 unit vectors, so their order does not matter. Holds one
    sum for each component it meets.
    """
    totals: dict[int, np.ndarray] = {}
    for batch in batches:
        vectors = vectors_of(batch["embedding"])
        components, row = np.unique(batch["component_id"].to_numpy(), return_inverse=True)
        order = np.argsort(row, kind="stable")
        starts = np.searchsorted(row[order], np.arange(len(components)))
        sums = np.add.reduceat(vectors[order], starts, axis=0, dtype=np.float64) if len(row) else ()
        for component, total in zip(components.tolist(), sums, strict=True):
            totals[component] = totals[component] + total if component in totals else total
    if totals:
        column = binary_of(np.stack(list(totals.values())), _SUM_TYPE)
        yield pa.RecordBatch.from_pydict({"component_id": list(totals), "total": column})


def centroid_of(sums: pa.Table) -> pa.Table:
    """Add the partitions' sums (``SUMS_DDL``) of one component: its centroid, float32, unit norm."""
    parts = np.stack([np.frombuffer(value, _SUM_TYPE) for value in sums["total"].to_pylist()])
    centroid = binary_of(unit_rows(parts.sum(axis=0, keepdims=True)), CENTROID_TYPE)
    return pa.table({"component_id": sums["component_id"][:1], "other": centroid})


def cosines_to_other(dtype: str = EMBEDDING_TYPE) -> Callable[[Batches], Batches]:
    """Return a ``mapInArrow`` function that puts ``cosine`` (double) for embedding and other.

    ``embedding`` is float16, ``other`` of ``dtype``; columns before them are kept as they are.
    """

    def measure(batches: Batches) -> Batches:
        for batch in batches:
            found = dot_rows(
                vectors_of(batch["embedding"]), vectors_of(batch["other"], dtype=dtype)
            )
            kept = batch.drop_columns(["embedding", "other"])
            yield kept.append_column("cosine", pa.array(found))

    return measure


def _whole_groups(batches: Batches, rows: int) -> Iterator[pa.Table]:
    """Gather sorted batches to tables of some ``rows`` rows that end where a group does."""
    held: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        held, count = [*held, batch], count + batch.num_rows
        if count >= rows:
            table = pa.Table.from_batches(held)
            end = _last_group_start(table)
            if end:
                yield table.slice(0, end)
            held, count = table.slice(end).to_batches(), table.num_rows - end
    if count:
        yield pa.Table.from_batches(held)


def _last_group_start(table: pa.Table) -> int:
    """Return the row at which the last group of a sorted table begins."""
    columns = [table[name].to_numpy() for name in _GROUP]
    changes = [np.flatnonzero(column[1:] != column[:-1]) for column in columns]
    return 1 + max(int(change.max(initial=-1)) for change in changes)


def _settled(table: pa.Table, max_distance: float | None) -> pa.Table:
    components, ids = table["component_id"].to_numpy(), table["id"].to_numpy()
    part = table["part"].to_numpy()
    group = np.zeros(len(ids), np.int64)
    group[1:] = np.cumsum((components[1:] != components[:-1]) | (part[1:] != part[:-1]))
    merits = pc.list_flatten(table["merits"]).to_numpy().reshape(len(ids), -1)
    members = Members(group, part == 0, ids, merits, vectors_of(table["embedding"]))
    chosen = representatives(members, max_distance)
    starts = run_starts(group)
    apart = np.maximum.reduceat(chosen, starts) != np.minimum.reduceat(chosen, starts)
    is_split = apart[group] | (part != 0)
    return pa.table(
        {
            "id": ids,
            "component_id": smallest_ids(ids, chosen),
            "representative_id": chosen,
            "split_from": pa.array(components, mask=~is_split),
        }
    )
