"""Stored vectors and their ids side by side in two flat files, mapped instead of read.

A folder holds ``vectors.f16`` (row after row, float16 little-endian), ``ids.i64`` and, written last,
``shape.json``. Rows lie in the order in which they came.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from realsyn_lib.embeddings import EMBEDDING_TYPE, Ids
from realsyn_lib.errors import ShapeError

Half = npt.NDArray[np.float16]
_ID_TYPE = "<i8"


@dataclass(frozen=True)
class VectorFile:
    """Mapped vectors: pages that are not asked for cost no memory.

    Attributes:
        ids: (n,) int64, in no order.
        vectors: (n, width) float16 of unit norm.
    """

    ids: Ids
    vectors: Half

    @property
    def width(self) -> int:
        """Numbers in a vector; 0 without rows."""
        return int(self.vectors.shape[1])

    def row_of(self, id: int) -> int | None:
        """Return the row of an id, None where it has no vector."""
        rows = np.flatnonzero(self.ids == id)
        return int(rows[0]) if rows.size else None

    def vector(self, row: int) -> npt.NDArray[np.float32]:
        """Return (width,) float32: a row as a query."""
        return np.asarray(self.vectors[row], dtype=np.float32)


def write_vectors(folder: Path, batches: Iterable[tuple[Ids, Half]]) -> None:
    """Write batches of ids and vectors; memory is one batch.

    Args:
        folder: is made; must not be there.
        batches: (n,) ids and (n, width) vectors, all of one width.

    Raises:
        ShapeError: a batch of another width than the first, or ids and vectors of two lengths.
    """
    folder.mkdir(parents=True)
    rows, width = 0, 0
    with (folder / "vectors.f16").open("wb") as vectors, (folder / "ids.i64").open("wb") as ids:
        for some_ids, some in batches:
            width = width or some.shape[1]
            if some.shape != (len(some_ids), width):
                raise ShapeError(
                    f"write_vectors: got vectors {some.shape} for {len(some_ids)} ids after rows of "
                    f"width {width}; embed all rows with one encoder"
                )
            np.ascontiguousarray(some_ids, _ID_TYPE).tofile(ids)
            np.ascontiguousarray(some, EMBEDDING_TYPE).tofile(vectors)
            rows += len(some_ids)
        for file in (vectors, ids):
            file.flush()
            os.fsync(file.fileno())
    (folder / "shape.json").write_text(json.dumps({"rows": rows, "width": width}))


def open_vectors(folder: Path) -> VectorFile:
    """Map what ``write_vectors`` wrote.

    Raises:
        ShapeError: a file is shorter or longer than the shape says.
    """
    shape = json.loads((folder / "shape.json").read_text())
    rows, width = int(shape["rows"]), int(shape["width"])
    return VectorFile(
        _mapped(folder / "ids.i64", _ID_TYPE, (rows,)),
        _mapped(folder / "vectors.f16", EMBEDDING_TYPE, (rows, width)),
    )


def _mapped(path: Path, dtype: str, shape: tuple[int, ...]) -> npt.NDArray[Any]:
    wanted = int(np.prod(shape)) * np.dtype(dtype).itemsize
    if path.stat().st_size != wanted:
        raise ShapeError(
            f"{path}: {path.stat().st_size} bytes, expected {wanted}; remove {path.parent}, it is made "
            "again from the tables"
        )
    if wanted == 0:  # an empty file cannot be mapped
        return np.empty(shape, dtype)
    return np.memmap(path, dtype, "r", shape=shape)
