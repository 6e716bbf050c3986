"""Vectors of the published tables, laid out once for a version in files that are mapped."""

import fcntl
import shutil
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jobs.published_files import PublishedFiles, TableFiles
from realsyn_lib.embeddings import EMBEDDING_TYPE, Ids
from realsyn_lib.errors import ContractError, EnvironmentFault, ShapeError
from realsyn_lib.retrieval.vector_file import Half, VectorFile, open_vectors, write_vectors
from realsyn_lib.tables import IMAGE_EMBEDDINGS, SENTENCE_EMBEDDINGS, Table

_ROWS_AT_ONCE = 4096
_SPARE_BYTES = 2**28  # left free on the disk


@dataclass(frozen=True)
class VectorColumn:
    """One column of vectors: its table, the id beside it, and its own name."""

    table: Table
    key: str
    column: str


IMAGES = VectorColumn(IMAGE_EMBEDDINGS, "image_id", "embedding")
FEATURES = VectorColumn(IMAGE_EMBEDDINGS, "image_id", "feature")
SENTENCES = VectorColumn(SENTENCE_EMBEDDINGS, "sentence_id", "embedding")


class VectorStore:
    """Makes vector files below a folder when they are first asked for, one at a time."""

    def __init__(self, published: PublishedFiles, folder: Path) -> None:
        self._published, self._folder = published, folder
        self._maker = ThreadPoolExecutor(1, "vectors")
        self._files: dict[VectorColumn, Future[VectorFile]] = {}

    def ask(self, column: VectorColumn) -> Future[VectorFile]:
        """Return the file of a column, which may still be in the making."""
        if column not in self._files:
            self._files[column] = self._maker.submit(self._open, column)
        return self._files[column]

    def close(self) -> None:
        """Begin no further file."""
        self._maker.shutdown(wait=False, cancel_futures=True)

    def _open(self, column: VectorColumn) -> VectorFile:
        files = self._published.files(column.table)
        if files is None:
            raise ContractError(f"table {column.table.name} is not there yet; run its stage first")
        name = f"{column.table.name}.{column.column}-"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with (self._folder / "lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                return self._laid_out(name, column, files)
        except PermissionError as error:
            raise EnvironmentFault(
                f"{self._folder}: {error.strerror}; vectors are laid out there: name another folder with "
                "--cache DIR"
            ) from error

    def _laid_out(self, name: str, column: VectorColumn, files: TableFiles) -> VectorFile:
        """Return the file of this version; others of the column, and what was left half made, go."""
        place = self._folder / f"{name}{files.key}"
        for other in self._folder.glob(f"{name}*"):
            if other != place:
                shutil.rmtree(other)
        if not place.exists():
            partial = self._folder / f"{name}{files.key}.partial"
            _require_room(self._folder, column, files)
            write_vectors(partial, _batches(column, files))
            pa.default_memory_pool().release_unused()
            partial.rename(place)
        return open_vectors(place)


def _require_room(folder: Path, column: VectorColumn, files: TableFiles) -> None:
    """Refuse before a disk is full; a file's vectors are as long as they will be."""
    rows = sum(pq.ParquetFile(path).metadata.num_rows for path in files.paths)
    width = next((some.shape[1] for _ids, some in _batches(column, files)), 0)
    wanted, free = rows * (width * 2 + 8), shutil.disk_usage(folder).free
    if wanted + _SPARE_BYTES > free:
        raise EnvironmentFault(
            f"{folder}: {free / 1e9:.1f} GB free, {rows:,} vectors of width {width} need "
            f"{wanted / 1e9:.1f} GB; free some, or name another folder with --cache DIR"
        )


def _batches(column: VectorColumn, files: TableFiles) -> Iterator[tuple[Ids, Half]]:
    """Yield ids and vectors of rows that have one, a batch at a time."""
    for path in files.paths:
        parts = pq.ParquetFile(path, pre_buffer=False).iter_batches(
            _ROWS_AT_ONCE, columns=[column.key, column.column]
        )
        for part in parts:
            rows = part.filter(pc.is_valid(part[column.column]))
            if rows.num_rows:
                yield rows[column.key].to_numpy(), _stacked(rows[column.column], column, path)


def _stacked(values: pa.Array, column: VectorColumn, path: str) -> Half:
    lengths = pc.unique(pc.binary_length(values)).to_pylist()
    if len(lengths) > 1:
        raise ShapeError(
            f"{path}: column {column.column} holds vectors of {sorted(lengths)} bytes; embed all rows with "
            "one encoder: run with --from embed_images"
        )
    return np.frombuffer(b"".join(values.to_pylist()), EMBEDDING_TYPE).reshape(len(values), -1)
