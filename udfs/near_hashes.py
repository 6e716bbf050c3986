"""Near pairs of the hashes in files, one band (and part of its keys) at a time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from realsyn_lib.dedup.bands import Bands, Hashes
from realsyn_lib.dedup.components import forest
from realsyn_lib.dedup.far_pairs import Edges, near_and_far
from realsyn_lib.dedup.near_hashes import Rows, in_part, near_in_band
from realsyn_lib.dedup.near_new import near_new_in_band
from realsyn_lib.embeddings import Ids
from realsyn_lib.failpoints import reach
from udfs.arrow_files import ArrowFile
from udfs.components import edge_batch
from udfs.hash_files import read_hash_file

FAR_DDL = "src bigint, dst bigint, is_far boolean"
Batches = Iterator[pa.RecordBatch]


@dataclass(frozen=True)
class HashSearch:
    """What is searched, and how.

    ``files``: hashes among which pairs are looked for. ``bands``: of the distance. ``parts``: a power
    of two, into which keys are split. ``new_files``: more hashes, none of them in ``files``; given
    them, only pairs with an end there are looked for.
    """

    files: tuple[ArrowFile, ...]
    bands: Bands
    parts: int
    new_files: tuple[ArrowFile, ...] | None = None

    @property
    def units(self) -> int:
        """Pieces of work: each band, each part of its keys."""
        return len(self.bands) * self.parts


def near_hash_edges(search: HashSearch) -> Callable[[Batches], Batches]:
    """Return a ``mapInArrow`` function: (id bigint: number of a unit) -> ``EDGES_DDL``.

    What comes back joins the same ids as all near pairs do: a forest of each unit's.
    """

    def link(batches: Batches) -> Batches:
        for _, ids, pairs in _searched(search, batches):
            reach("near_hashes.batch")
            yield edge_batch(forest((ids[left], ids[right]) for left, right in pairs))

    return link


def near_and_far_edges(search: HashSearch, safe_distance: int) -> Callable[[Batches], Batches]:
    """Return a ``mapInArrow`` function: (id bigint: number of a unit) -> ``FAR_DDL``.

    Of each unit a forest of the pairs within ``safe_distance``, and each pair beyond it, as far as
    the bands reach, that the unit's forest does not join (``is_far``).
    """

    def link(batches: Batches) -> Batches:
        for hashes, ids, pairs in _searched(search, batches):
            near, far = near_and_far(hashes, ids, pairs, safe_distance)
            yield _edges(near, is_far=False)
            yield _edges(far, is_far=True)

    return link


def _searched(
    search: HashSearch, batches: Batches
) -> Iterator[tuple[Hashes, Ids, Iterator[tuple[Rows, Rows]]]]:
    """Yield the hashes and ids of each unit asked for, and its near pairs as row numbers."""
    for batch in batches:
        for unit in batch["id"].to_pylist():
            band, part = divmod(unit, search.parts)
            hashes, ids = _rows(search, search.files, band, part)
            if search.new_files is None:
                yield hashes, ids, near_in_band(hashes, search.bands, band)
            else:
                new, new_ids = _rows(search, search.new_files, band, part)
                pairs = near_new_in_band(hashes, new, search.bands, band)
                yield np.concatenate([hashes, new]), np.concatenate([ids, new_ids]), pairs


def _edges(edges: Edges, *, is_far: bool) -> pa.RecordBatch:
    rows = edge_batch(edges)
    return rows.append_column("is_far", pa.repeat(is_far, rows.num_rows))


def _rows(
    search: HashSearch, files: tuple[ArrowFile, ...], band: int, part: int
) -> tuple[Hashes, Ids]:
    """Return the hashes and ids of one part, gathered from some files."""
    hashes, ids = [np.empty(0, np.uint64)], [np.empty(0, np.int64)]
    for file in files:
        all_hashes, all_ids = read_hash_file(file)
        own = in_part(all_hashes, search.bands, band, part, search.parts)
        hashes.append(all_hashes[own])
        ids.append(all_ids[own])
    return np.concatenate(hashes), np.concatenate(ids)
