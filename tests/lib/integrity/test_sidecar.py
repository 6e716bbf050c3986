"""Checksums beside a file: no flipped bit, cut or added byte passes."""

import io
import struct
import zlib

import numpy as np
import pytest

from realsyn_lib.integrity.sidecar import checksums_of, differs_from, sidecar_of

DATA = np.random.default_rng(3).integers(0, 256, 1300, dtype=np.uint8).tobytes()


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def test_a_sidecar_is_head_and_one_crc_a_chunk():
    assert checksums_of(DATA) == b"crc\0" + struct.pack(
        ">iIII", 512, zlib.crc32(DATA[:512]), zlib.crc32(DATA[512:1024]), zlib.crc32(DATA[1024:])
    )
    assert checksums_of(b"") == b"crc\0\0\0\x02\0"
    assert sidecar_of("/a/b.json") == "/a/.b.json.crc" and sidecar_of("b") == ".b.crc"


def test_a_whole_file_is_as_its_sidecar_tells():
    assert differs_from(io.BytesIO(DATA), checksums_of(DATA)) is None
    assert differs_from(io.BytesIO(b""), checksums_of(b"")) is None
    assert differs_from(io.BytesIO(DATA), checksums_of(DATA, 7)) is None


def test_every_flipped_bit_of_a_file_is_seen_and_its_chunk_told():
    told = checksums_of(DATA)
    for bit in range(len(DATA) * 8):
        chunk = bit // 8 // 512 * 512
        found = differs_from(io.BytesIO(flipped(DATA, bit)), told)
        assert found == f"differs from its checksums within 512 bytes from byte {chunk} on"


def test_every_flipped_bit_of_a_sidecar_is_seen():
    told = checksums_of(DATA)
    for bit in range(len(told) * 8):
        assert differs_from(io.BytesIO(DATA), flipped(told, bit)) is not None, bit


@pytest.mark.parametrize("size", [0, 1, 511, 512, 1024, 1299])
def test_a_cut_file_is_seen(size):
    assert differs_from(io.BytesIO(DATA[:size]), checksums_of(DATA)) is not None


@pytest.mark.parametrize("more", [b"\0", b"\0" * 512])
def test_a_longer_file_is_seen(more):
    assert differs_from(io.BytesIO(DATA + more), checksums_of(DATA)) is not None


@pytest.mark.parametrize("size", range(20))
def test_a_cut_sidecar_is_seen(size):
    assert differs_from(io.BytesIO(DATA), checksums_of(DATA)[:size]) is not None
