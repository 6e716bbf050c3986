"""Texts -> blocks of MinHash entries, one for each band and part of its keys."""

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from realsyn_lib.dedup.candidates import candidates
from realsyn_lib.dedup.near_texts import NearTextRules, sketched
from realsyn_lib.embeddings import Ids
from realsyn_lib.hashing import Unsigned
from udfs.components import edge_batch
from udfs.gather import gathered

BLOCKS_DDL = "unit int, block binary"
_TEXTS_AT_ONCE = 4096
_MOST_TEXTS = 2**16
_MOST_BYTES = 8 * 2**20  # of texts; words, shingles and entries take up to 40 times as much
_FIELDS = 3  # key, bits, id: 8 bytes each
Batches = Iterator[pa.RecordBatch]


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
            rows, found = sketched(batch["text"], rules)
            ids = batch["id"].to_numpy()[rows]
            units, blocks = [], []
            for band, keys in enumerate(found.keys):
                for part, own in _parts(keys, parts):
                    units.append(band * parts + part)
                    blocks.append(_block(keys[own], found.bits[own], ids[own]))
            columns = [pa.array(units, pa.int32()), pa.array(blocks, pa.binary())]
            yield pa.RecordBatch.from_arrays(columns, names=["unit", "block"])

    return cut


def near_candidates(max_apart: int) -> Callable[[Batches], Batches]:
    """Return a ``mapInArrow`` function: ``BLOCKS_DDL`` sorted by unit -> ``EDGES_DDL``.

    The entries of one unit are in memory, some 80 bytes each.
    """

    def pair(batches: Batches) -> Batches:
        for blocks in _units(batches):
            entries = np.concatenate(
                [np.frombuffer(block, np.uint64).reshape(_FIELDS, -1) for block in blocks], axis=1
            )
            keys, bits, ids = entries
            yield edge_batch(candidates(keys, bits, ids.view(np.int64), max_apart))

    return pair


def _parts(keys: Unsigned, parts: int) -> Iterator[tuple[int, npt.NDArray[np.int64] | slice]]:
    """Yield each part that has keys, and the places of its keys."""
    if parts == 1:
        yield 0, slice(None)
        return
    part_of = (keys >> np.uint64(65 - parts.bit_length())).astype(np.uint16)
    order = np.argsort(part_of, kind="stable")
    found, starts = np.unique(part_of[order], return_index=True)
    yield from zip(found.tolist(), np.split(order, starts[1:]), strict=True)


def _block(keys: Unsigned, bits: Unsigned, ids: Ids) -> bytes:
    return np.stack([keys, bits, ids.view(np.uint64)]).tobytes()


def _units(batches: Batches) -> Iterator[list[pa.Buffer]]:
    """Yield the blocks of one unit after the other."""
    unit: int | None = None
    held: list[pa.Buffer] = []
    for batch in batches:
        for own, block in zip(batch["unit"].to_pylist(), batch["block"], strict=True):
            if own != unit and held:
                yield held
                held = []
            unit = own
            held.append(block.as_buffer())
    if held:
        yield held
