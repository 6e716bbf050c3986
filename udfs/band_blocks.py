"""Sketches of texts -> blocks of MinHash entries, one for each band and part of its keys."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from realsyn_lib.dedup.candidates import candidate_changes, candidates
from realsyn_lib.dedup.near_texts import NearTextRules
from realsyn_lib.dedup.touched import AskedKeys, asked_keys
from realsyn_lib.embeddings import Ids
from realsyn_lib.failpoints import reach
from realsyn_lib.hashing import Unsigned
from udfs.components import edge_batch
from udfs.gather import gathered
from udfs.sketch_files import read_band, sketches_of

BLOCKS_DDL = "unit int, is_new boolean, block binary"
CHANGES_DDL = "src bigint, dst bigint, bands int"
_TEXTS_AT_ONCE = 4096
_MOST_TEXTS = 2**16
_MOST_BYTES = 8 * 2**20  # of texts; words, shingles and entries take up to 40 times as much
_FIELDS = 3  # key, bits, id: 8 bytes each
Batches = Iterator[pa.RecordBatch]
Entries = tuple[Unsigned, Unsigned, Ids]  # keys, bits, ids of one band


def band_blocks(rules: NearTextRules, parts: int) -> Callable[[Batches], Batches]:
    """Return a ``mapInArrow`` function: id bigint, text string -> ``BLOCKS_DDL``.

    Many entries travel as one value: a shuffle moves bytes, not rows. Unit ``band * parts + part``
    holds the entries of one band whose keys begin with one value, so that all that meet are in
    one unit.

    Args:
        rules: shingles and banding.
        parts: a power of two, into which each band is cut.
    """

    def cut(batches: Batches) -> Batches:
        for batch in gathered(batches, min(_TEXTS_AT_ONCE * parts, _MOST_TEXTS), _MOST_BYTES):
            reach("band_blocks.batch")
            ids, found = sketches_of(batch, rules)
            bands = enumerate(found.keys)
            yield _batch(_blocks((keys, found.bits, ids), band, parts) for band, keys in bands)

    return cut


def file_blocks(paths: tuple[str, ...], bands: int, parts: int) -> Callable[[Batches], Batches]:
    """Return a ``mapInArrow`` function: id bigint, the number of a sketch file -> ``BLOCKS_DDL``."""

    def cut(batches: Batches) -> Batches:
        for number in _numbers(batches):
            for band in range(bands):
                found = read_band(paths[number], band)
                yield _batch(_blocks(rows, band, parts) for rows in found)

    return cut


def touched_blocks(
    old: tuple[str, ...], new: tuple[str, ...], bands: int, parts: int
) -> Callable[[Batches], Batches]:
    """Return a ``mapInArrow`` function: id bigint, the number of a sketch file -> ``BLOCKS_DDL``.

    Of the new files, which are numbered behind the old ones, all entries; of the old ones those
    whose band key is one of the new ones'. The new keys of one band are in memory; the files of a
    task are passed over once for each band.
    """

    def cut(batches: Batches) -> Batches:
        numbers = list(_numbers(batches))
        for band in range(bands):
            keys = [keys for path in new for keys, _, _ in read_band(path, band)]
            asked = asked_keys(np.concatenate(keys))
            for number in numbers:
                is_new = number >= len(old)
                found = read_band((*old, *new)[number], band)
                met = found if is_new else (_touched(entries, asked) for entries in found)
                yield _batch((_blocks(rows, band, parts) for rows in met), is_new)

    return cut


def near_candidates(max_apart: int) -> Callable[[Batches], Batches]:
    """Return a ``mapInArrow`` function: ``BLOCKS_DDL`` sorted by unit -> ``EDGES_DDL``.

    The entries of one unit are in memory, some 80 bytes each.
    """

    def pair(batches: Batches) -> Batches:
        for blocks in _units(batches):
            entries = [_entries(block) for _, block in blocks]
            yield edge_batch(candidates(*_together(entries), max_apart))

    return pair


def near_changes(max_apart: int) -> Callable[[Batches], Batches]:
    """Return a ``mapInArrow`` function: ``BLOCKS_DDL`` sorted by unit -> ``CHANGES_DDL``.

    ``bands`` is 1 for a pair that the new entries of a unit make a candidate, -1 for one that was
    a candidate and is none beside them.
    """

    def pair(batches: Batches) -> Batches:
        for blocks in _units(batches):
            entries = [_entries(block) for _, block in blocks]
            is_new = np.repeat([new for new, _ in blocks], [len(rows[2]) for rows in entries])
            src, dst, bands = candidate_changes(*_together(entries), is_new, max_apart)
            yield edge_batch((src, dst)).append_column("bands", pa.array(bands))

    return pair


def _numbers(batches: Batches) -> Iterator[int]:
    for batch in batches:
        yield from batch["id"].to_pylist()


def _touched(entries: Entries, asked: AskedKeys) -> Entries:
    keys, bits, ids = entries
    rows = asked.touched(keys)
    return keys[rows], bits[rows], ids[rows]


def _blocks(entries: Entries, band: int, parts: int) -> Iterator[tuple[int, bytes]]:
    """Yield the unit and the packed entries of each part of a band."""
    keys, bits, ids = entries
    for part, own in _parts(keys, parts):
        packed = np.stack([keys[own], bits[own], ids[own].view(np.uint64)])
        yield band * parts + part, packed.tobytes()


def _batch(blocks: Iterable[Iterator[tuple[int, bytes]]], is_new: bool = False) -> pa.RecordBatch:
    rows = list(chain.from_iterable(blocks))
    columns = [
        pa.array([unit for unit, _ in rows], pa.int32()),
        pa.array([is_new] * len(rows), pa.bool_()),
        pa.array([block for _, block in rows], pa.binary()),
    ]
    return pa.RecordBatch.from_arrays(columns, names=["unit", "is_new", "block"])


def _parts(keys: Unsigned, parts: int) -> Iterator[tuple[int, npt.NDArray[np.int64] | slice]]:
    """Yield each part that has keys, and the places of its keys."""
    if len(keys) == 0:
        return
    if parts == 1:
        yield 0, slice(None)
        return
    part_of = (keys >> np.uint64(65 - parts.bit_length())).astype(np.uint16)
    order = np.argsort(part_of, kind="stable")
    found, starts = np.unique(part_of[order], return_index=True)
    yield from zip(found.tolist(), np.split(order, starts[1:]), strict=True)


def _entries(block: pa.Buffer) -> Entries:
    keys, bits, ids = np.frombuffer(block, np.uint64).reshape(_FIELDS, -1)
    return keys, bits, ids.view(np.int64)


def _together(entries: list[Entries]) -> Entries:
    keys, bits, ids = (np.concatenate(columns) for columns in zip(*entries, strict=True))
    return keys, bits, ids


def _units(batches: Batches) -> Iterator[list[tuple[bool, pa.Buffer]]]:
    """Yield the blocks of one unit after the other, and whether they are of new entries."""
    unit: int | None = None
    held: list[tuple[bool, pa.Buffer]] = []
    for batch in batches:
        units, new = batch["unit"].to_pylist(), batch["is_new"].to_pylist()
        for own, is_new, block in zip(units, new, batch["block"], strict=True):
            if own != unit and held:
                yield held
                held = []
            unit = own
            held.append((is_new, block.as_buffer()))
    if held:
        yield held
