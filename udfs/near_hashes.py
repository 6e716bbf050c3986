"""Near pairs of the hashes in files, one band (and part of its keys) at a time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from realsyn_lib.dedup.bands import Bands, Hashes
from realsyn_lib.dedup.components import star_edges
from realsyn_lib.dedup.near_hashes import in_part, near_in_band
from realsyn_lib.embeddings import Ids
from udfs.hash_files import HashFile, read_hash_file

EDGES_DDL = "src bigint, dst bigint"
_MOST_PAIRS = 2**20  # held before they are reduced to a forest
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
        for batch in batches:
            for unit in batch["id"].to_pylist():
                src, dst = _edges(search, *divmod(unit, search.parts))
                yield pa.RecordBatch.from_arrays(
                    [pa.array(src), pa.array(dst)], names=["src", "dst"]
                )

    return link


def _edges(search: HashSearch, band: int, part: int) -> tuple[Ids, Ids]:
    """Return the forest of one unit; at most ``_MOST_PAIRS`` pairs and one block are held."""
    hashes, ids = _rows(search, band, part)
    src = dst = np.empty(0, np.int64)
    for left, right in near_in_band(hashes, search.bands, band):
        src, dst = np.concatenate([src, ids[left]]), np.concatenate([dst, ids[right]])
        if len(src) > _MOST_PAIRS:
            src, dst = star_edges(src, dst)
    return star_edges(src, dst)


def _rows(search: HashSearch, band: int, part: int) -> tuple[Hashes, Ids]:
    """Return the hashes and ids of one part, gathered from all files."""
    found = []
    for file in search.files:
        hashes, ids = read_hash_file(file)
        own = in_part(hashes, search.bands, band, part, search.parts)
        found.append((hashes[own], ids[own]))
    return np.concatenate([hashes for hashes, _ in found]), np.concatenate([i for _, i in found])
