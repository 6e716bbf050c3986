"""Centroids as an index file, or in the task."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

import faiss
import numpy as np

from realsyn_lib.embeddings import Vectors
from realsyn_lib.errors import ContractError, InputError
from realsyn_lib.files import sha256_of
from realsyn_lib.node_files import local_copy


@dataclass(frozen=True)
class IndexFile:
    """A FAISS flat inner-product index in a file, checked by digest and shape when opened.

    ``path``: a path, or a URI that each node copies once. ``digest``: SHA-256 of the file, hex.
    ``k``: centroids. ``width``: numbers in each.
    """

    path: str
    digest: str
    k: int
    width: int

    def open_mapped(self) -> Vectors:
        """Return the centroids as a read-only (k, width) float32 view of the mapped file.

        The pages are shared by all processes of a node; the array keeps the map alive.

        Raises:
            InputError: the file is not there.
            ContractError: its bytes or shape are not those that were written.
        """
        path = local_copy(self.path, self.digest)
        if not path.is_file():
            raise InputError(f"index file {self.path}: not found; rerun the stage that fits it")
        found = sha256_of(str(path))
        if found != self.digest:
            raise ContractError(
                f"index file {self.path}: SHA-256 {found[:12]}, expected {self.digest[:12]}; "
                "rerun the stage that fits it"
            )
        return _view(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC), self)


@dataclass(frozen=True)
class SmallCentroids:
    """Centroids small enough to travel with the task: Spark broadcasts them with the function.

    ``data``: (k, width) float32 little-endian. ``digest``: SHA-256 of it, hex.
    """

    digest: str
    k: int
    width: int
    data: bytes = field(compare=False, repr=False)

    def open_mapped(self) -> Vectors:
        """Return the centroids as a read-only (k, width) float32 array."""
        return np.frombuffer(self.data, dtype="<f4").reshape(self.k, self.width)


def small_centroids(centroids: Vectors) -> SmallCentroids:
    """Return (k, width) float32 centroids in the form that travels with a task."""
    data = np.ascontiguousarray(centroids, dtype="<f4").tobytes()
    k, width = centroids.shape
    return SmallCentroids(hashlib.sha256(data).hexdigest(), k, width, data)


Centroids = IndexFile | SmallCentroids


def write_index(centroids: Vectors, path: str) -> IndexFile:
    """Write centroids as a FAISS IndexFlatIP file and return what identifies it.

    Args:
        centroids: (k, width) float32 of unit L2 norm.
        path: local file, replaced.

    Returns:
        Path, digest and shape; the digest depends on the centroids alone.
    """
    index = faiss.IndexFlatIP(centroids.shape[1])
    index.add(np.ascontiguousarray(centroids, dtype=np.float32))
    faiss.write_index(index, path)
    return IndexFile(path, sha256_of(path), *centroids.shape)


class _MappedIndex:
    """Lends an index's vectors to numpy, read-only, and lives as long as any view of them."""

    def __init__(self, index: Any) -> None:
        self.index = index  # the downcast below does not own it
        flat: Any = faiss.downcast_index(index)
        self.__array_interface__ = {
            "shape": (index.ntotal, index.d),
            "typestr": "<f4",
            "data": (int(flat.get_xb()), True),
            "version": 3,
        }


def _view(index: Any, expected: IndexFile) -> Vectors:
    shape = (index.ntotal, index.d)
    if shape != (expected.k, expected.width):
        raise ContractError(
            f"index file {expected.path}: shape {shape}, expected {(expected.k, expected.width)}; "
            "rerun the stage that fits it"
        )
    return np.asarray(_MappedIndex(index))
