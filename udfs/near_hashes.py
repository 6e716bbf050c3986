"""Near pairs of the hashes in files, one band (and part of its keys) at a time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from realsyn_lib.dedup.bands import Bands, Hashes
from realsyn_lib.dedup.components import forest
from realsyn_lib.dedup.far_pairs import Edges, near_and_far
from realsyn_lib.dedup.near_hashes import Rows, in_part, near_in_band
from realsyn_lib.embeddings import Ids
from udfs.components import edge_batch
from udfs.hash_files import HashFile, read_hash_file

FAR_DDL = "src bigint, dst bigint, is_far boolean"
Batches = Iterator[pa.RecordBatch]


@dataclass(frozen=True)
class HashSearch:
    """Files to be searched, the bands, and the parts (a power of two) that keys are split into."""

    files: tuple[HashFile, ...]
    bands: Bands
    parts: int

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
            hashes, ids = _rows(search, band, part)
            yield hashes, ids, near_in_band(hashes, search.bands, band)


def _edges(edges: Edges, *, is_far: bool) -> pa.RecordBatch:
    rows = edge_batch(edges)
    return rows.append_column("is_far", pa.repeat(is_far, rows.num_rows))


def _rows(search: HashSearch, band: int, part: int) -> tuple[Hashes, Ids]:
    """Return the hashes and ids of one part, gathered from all files."""
    found = []
    for file in search.files:
        hashes, ids = read_hash_file(file)
        own = in_part(hashes, search.bands, band, part, search.parts)
        found.append((hashes[own], ids[own]))
    return np.concatenate([hashes for hashes, _ in found]), np.concatenate([i for _, i in found])
