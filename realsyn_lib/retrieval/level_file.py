"""Levels as bytes: the tops, where each group begins, and which file holds the cells."""

import hashlib
from collections.abc import Callable

import pyarrow as pa

from realsyn_lib.arrow_types import stream_bytes
from realsyn_lib.embeddings import CENTROID_TYPE, binary_of, vectors_of
from realsyn_lib.retrieval.centroids import IndexFile, small_centroids
from realsyn_lib.retrieval.levels import LevelIndex

DIGITS = 13  # hex digits of a digest: 52 bits, which a double holds exactly


def level_bytes(levels: LevelIndex) -> bytes:
    """Return the bytes that ``levels_from`` reads; the file of the cells is named, not held.

    Raises:
        TypeError: the cells lie in no file.
    """
    cells = levels.cells
    if not isinstance(cells, IndexFile):
        raise TypeError("level_bytes: the cells travel with the task, expected an index file")
    facts = {"file": cells.path.rsplit("/", 1)[-1], "digest": cells.digest, "k": str(cells.k)}
    tops = pa.table(
        {
            "top": binary_of(levels.tops.open_mapped(), CENTROID_TYPE),
            "start": pa.array(levels.starts[:-1], pa.int64()),
        }
    ).replace_schema_metadata(facts)
    return stream_bytes(tops)


def levels_from(data: bytes, place_of: Callable[[str], str]) -> LevelIndex:
    """Return the levels of such bytes.

    Args:
        data: from ``level_bytes``.
        place_of: gives the path or URI of a file by its name.
    """
    rows = pa.ipc.open_stream(data).read_all()
    facts = {name.decode(): value.decode() for name, value in rows.schema.metadata.items()}
    tops = small_centroids(vectors_of(rows["top"], dtype=CENTROID_TYPE))
    k = int(facts["k"])
    cells = IndexFile(place_of(facts["file"]), facts["digest"], k, tops.width)
    return LevelIndex(tops, cells, (*rows["start"].to_numpy().tolist(), k))


def digest_of(data: bytes) -> str:
    """Return the first ``DIGITS`` hex digits of the SHA-256."""
    return hashlib.sha256(data).hexdigest()[:DIGITS]
