"""Perceptual hash: 64 bits of the low frequencies of a 32 x 32 grey picture."""

import numpy as np

from realsyn_lib.errors import ShapeError

_SIDE = 32
_LOW = 8
# Frequencies that are equal in exact arithmetic (flat and symmetric pictures) must compare as
# equal on every machine: far above float64 noise, far below a step of one grey level.
_DECIMALS = 6


def _cosine_table() -> np.ndarray:
    frequency, sample = np.arange(_LOW)[:, None], np.arange(_SIDE)[None, :]
    return 2.0 * np.cos(np.pi * frequency * (2 * sample + 1) / (2 * _SIDE))


_COSINES = _cosine_table()


def phash(grey: np.ndarray) -> np.ndarray:
    """Hash pictures by the signs of their low DCT frequencies against the median.

    Args:
        grey: (n, 32, 32) float32 or uint8, grey levels 0..255.

    Returns:
        (n,) int64. Bit 63 (the sign) is the first frequency, row-major, as imagehash.phash
        orders them; equal to imagehash's bits for the same grey levels. A flat picture has
        only bit 63 or none: compare ``luma_std`` before trusting a match.

    Raises:
        ShapeError: not (n, 32, 32).
    """
    _check(grey, "phash")
    low = np.round(_COSINES @ grey.astype(np.float64) @ _COSINES.T, _DECIMALS)
    low = low.reshape(len(grey), _LOW * _LOW)
    bits = low > np.median(low, axis=1, keepdims=True)
    packed = np.ascontiguousarray(np.packbits(bits, axis=1))
    hashes: np.ndarray = packed.view(">u8").astype(np.uint64).view(np.int64).reshape(len(grey))
    return hashes


def luma_std(grey: np.ndarray) -> np.ndarray:
    """Return the standard deviation of grey levels of (n, 32, 32) pictures: (n,) float32, 0..127.5.

    Raises:
        ShapeError: not (n, 32, 32).
    """
    _check(grey, "luma_std")
    levels = grey.reshape(len(grey), _SIDE * _SIDE)
    deviation: np.ndarray = levels.std(axis=1, dtype=np.float64).astype(np.float32)
    return deviation


def hamming_distance(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Count the differing bits of two int64 arrays, broadcast: uint8, 0..64."""
    count: np.ndarray = np.bitwise_count(np.bitwise_xor(left, right).view(np.uint64))
    return count


def _check(grey: np.ndarray, where: str) -> None:
    if grey.ndim != 3 or grey.shape[1:] != (_SIDE, _SIDE):
        raise ShapeError(
            f"{where}: got {grey.shape}, expected (n, {_SIDE}, {_SIDE}); "
            "take the pictures from decode_grey"
        )
