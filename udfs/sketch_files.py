"""Sketches of texts as Arrow files, band keys by column: a later run asks them without their texts."""

from collections.abc import Callable, Iterator
from contextlib import closing

import numpy as np
import pyarrow as pa

from realsyn_lib.dedup.minhash import Sketches
from realsyn_lib.dedup.near_texts import NearTextRules, sketched
from realsyn_lib.embeddings import Ids
from realsyn_lib.files import open_file_system
from realsyn_lib.hashing import Unsigned
from udfs.arrow_files import file_rows, write_arrow_file
from udfs.gather import gathered

_TEXTS_AT_ONCE = 2**16
_MOST_BYTES = 8 * 2**20  # of texts; words, shingles and entries take up to 40 times as much
_ROWS_IN_FILE = 2**18  # some 240 bytes each, held twice while the file is written
Batches = Iterator[pa.RecordBatch]


def sketches_of(batch: pa.RecordBatch, rules: NearTextRules) -> tuple[Ids, Sketches]:
    """Return the ids of the texts of a batch (id, text) that have a word, and their sketches."""
    rows, found = sketched(batch["text"], rules)
    return batch["id"].to_numpy()[rows], found


def write_sketch_files(rules: NearTextRules, folder: str) -> Callable[[Batches], Batches]:
    """Return a ``mapInArrow`` function: id bigint, text string -> ``FILES_DDL``.

    In memory is one file, 8 bytes for each text and band.
    """

    def write(batches: Batches) -> Batches:
        held: list[pa.RecordBatch] = []
        for batch in gathered(batches, _TEXTS_AT_ONCE, _MOST_BYTES):
            ids, found = sketches_of(batch, rules)
            if len(ids):
                held.append(_as_batch(ids, found))
            if sum(part.num_rows for part in held) >= _ROWS_IN_FILE:
                yield file_rows(write_arrow_file(folder, held, held[0].schema))
                held = []
        if held:
            yield file_rows(write_arrow_file(folder, held, held[0].schema))

    return write


def read_band(path: str, band: int) -> Iterator[tuple[Unsigned, Unsigned, Ids]]:
    """Yield keys (n,) uint64, bits (n,) uint64 and ids (n,) int64 of one band of a file, in parts.

    Nothing but these columns is read; those of a local file are views of the mapped file.
    """
    wanted = pa.ipc.IpcReadOptions(included_fields=[0, 1, 2 + band])
    with closing(_opened(path)) as source:
        file = pa.ipc.open_file(source, options=wanted)
        for number in range(file.num_record_batches):
            ids, bits, keys = (column.to_numpy() for column in file.get_batch(number).columns)
            yield keys, bits, ids


def _opened(path: str) -> pa.NativeFile:
    if "://" not in path:
        return pa.memory_map(path)
    system, place = open_file_system(path)
    return system.open_input_file(place)


def _as_batch(ids: Ids, found: Sketches) -> pa.RecordBatch:
    names = ["id", "bits", *(f"band_{band}" for band in range(len(found.keys)))]
    columns = [ids, found.bits, *map(np.ascontiguousarray, found.keys)]
    return pa.RecordBatch.from_arrays([pa.array(column) for column in columns], names=names)
