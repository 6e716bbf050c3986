"""Vectorised 64-bit hashes: Spark's ``xxhash64`` of numbers, and a hash of words.

Both are fixed functions of their input: no seed of the process, no version of a library.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Unsigned = npt.NDArray[np.uint64]

_P1, _P2, _P3 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
_P4, _P5 = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5
_SPARK_SEED = 42


def xxhash64_rows(seed: int, ids: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return what Spark SQL's ``xxhash64(seed, id)`` returns for bigint columns.

    Args:
        seed: 64-bit signed number.
        ids: (n,) int64.

    Returns:
        (n,) int64.
    """
    state = _hash_long(np.array([seed], np.int64), np.array([_SPARK_SEED], np.uint64))
    return _hash_long(ids, state).view(np.int64)


def xxhash64_sql(seed: int, column: str) -> str:
    """Return the Spark SQL expression that equals ``xxhash64_rows`` for a bigint column."""
    return f"xxhash64({seed}L, {column})"


def hash_strings(strings: pa.Array) -> Unsigned:
    """Return a 64-bit hash of the UTF-8 of each string.

    A polynomial of the bytes modulo 2**64, mixed: fast and fixed, not proof against an enemy who
    wants collisions, so whatever it joins is checked again.

    Args:
        strings: n values of ``string`` without null.

    Returns:
        (n,) uint64.
    """
    strings = strings.cast(pa.string())
    offsets = np.frombuffer(strings.buffers()[1], dtype=np.int32)
    offsets = offsets[strings.offset : strings.offset + len(strings) + 1].astype(np.int64)
    lengths = np.diff(offsets)
    data = strings.buffers()[2] or pa.py_buffer(b"")
    letters = np.frombuffer(data, dtype=np.uint8)[offsets[0] : offsets[-1]].astype(np.uint64)
    from_end = np.repeat(offsets[1:], lengths) - 1 - np.arange(offsets[0], offsets[-1])
    powers = np.full(int(lengths.max(initial=0)) + 1, _P1, dtype=np.uint64)
    powers[0] = 1
    terms = (letters + np.uint64(1)) * np.cumprod(powers)[from_end]
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(terms)])
    bounds = offsets - offsets[0]
    return mix(sums[bounds[1:]] - sums[bounds[:-1]] + lengths.astype(np.uint64))


def mix(values: Unsigned) -> Unsigned:
    """Return uint64 values, each bit depending on every bit (the last step of xxHash64)."""
    mixed = (values ^ (values >> np.uint64(33))) * np.uint64(_P2)
    mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(_P3)
    return np.asarray(mixed ^ (mixed >> np.uint64(32)))


def _hash_long(values: npt.NDArray[np.int64], seeds: Unsigned) -> Unsigned:
    """Hash one 8-byte value for each row: xxHash64 of 8 bytes, as Spark's XXH64.hashLong."""
    state = seeds + np.uint64(_P5) + np.uint64(8)
    state = state ^ (_rotate(values.view(np.uint64) * np.uint64(_P2), 31) * np.uint64(_P1))
    return mix(_rotate(state, 27) * np.uint64(_P1) + np.uint64(_P4))


def _rotate(values: Unsigned, bits: int) -> Unsigned:
    return np.asarray((values << np.uint64(bits)) | (values >> np.uint64(64 - bits)))
