"""A grey picture of any size as the 32 x 32 of the hash: Lanczos, rows first, levels as Pillow's.

Pillow works its weights out anew for each picture, which costs more than applying them to one that
was decoded small. Here they are kept for each size. Both passes are sums of integers below 2**53,
in parts of a power of two: exact in float64 in any order, so a matrix product gives Pillow's levels
on any machine.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

HASH_SIDE = 32
_SUPPORT = 3.0  # lobes of the filter
_ONE = 1 << 22  # Pillow's weights are whole numbers of this part
_LARGEST = 512  # sides above it go to Pillow, which skips the zeros that a matrix would multiply
_AT_ONCE = 16  # pictures in one product: as float64 0.6 MB at 80 x 60, which a cache holds

Weights = npt.NDArray[np.float64]


class Scaled(NamedTuple):
    """Pixels, and how many columns and rows of them are picture.

    A side that a reduced decode does not divide ends inside the last pixel.
    """

    pixels: np.ndarray
    width: float
    height: float


def shrink_all(pictures: Sequence[Scaled]) -> np.ndarray:
    """Scale grey pictures as ``shrink`` does, those of one size together: (n, 32, 32) uint8."""
    alike = defaultdict(list)
    for place, (pixels, width, height) in enumerate(pictures):
        alike[pixels.shape, width, height].append(place)
    levels = np.empty((len(pictures), HASH_SIDE, HASH_SIDE), np.uint8)
    for (_, width, height), places in alike.items():
        for start in range(0, len(places), _AT_ONCE):
            own = places[start : start + _AT_ONCE]
            stack = np.stack([pictures[place].pixels for place in own])
            levels[own] = _shrink_stack(stack, width, height)
    return levels


def shrink(grey: np.ndarray, width: float, height: float) -> np.ndarray:
    """Scale a picture to the size of the hash.

    Args:
        grey: (h, w) uint8.
        width: how many of the ``w`` columns are picture, above 0; the last one may be so in part.
        height: likewise of the ``h`` rows.

    Returns:
        (32, 32) uint8, equal to two calls of Pillow's ``resize``, columns to 32 and then rows to
        32. (One call of it chooses which comes first by the shape, from version to version.)
    """
    levels: np.ndarray = _shrink_stack(grey[None], width, height)[0]
    return levels


def _shrink_stack(grey: np.ndarray, width: float, height: float) -> np.ndarray:
    """Scale (n, h, w) uint8 pictures of one size: (n, 32, 32) uint8."""
    count, rows, columns = grey.shape
    if max(rows, columns) > _LARGEST:
        return np.stack([_shrink_large(one, width, height) for one in grey])
    samples = grey.reshape(count * rows, columns).astype(np.float64)
    narrow = _clipped(samples @ _weights(columns, width)[1])
    np.floor(narrow, out=narrow)
    levels = _clipped(_weights(rows, height)[0] @ narrow.reshape(count, rows, HASH_SIDE))
    return levels.astype(np.uint8)


def _shrink_large(grey: np.ndarray, width: float, height: float) -> np.ndarray:
    rows, lanczos = grey.shape[0], Image.Resampling.LANCZOS
    narrow = Image.fromarray(grey).resize((HASH_SIDE, rows), lanczos, (0, 0, width, rows))
    small = narrow.resize((HASH_SIDE, HASH_SIDE), lanczos, (0, 0, HASH_SIDE, height))
    return np.array(small)


def _clipped(sums: Weights) -> Weights:
    """Return levels whose whole part is that of Pillow: halves go up, what overshoots is cut off."""
    sums += 0.5
    # Half the time of ``clip`` on arrays as small as these.
    np.maximum(sums, 0, out=sums)
    return np.minimum(sums, 255, out=sums)


@lru_cache(maxsize=256)  # of at most 256 KiB each
def _weights(samples: int, length: float) -> tuple[Weights, Weights]:
    """Return the weight of each sample in each level, a multiple of 1 / ``_ONE``: (32, samples).

    Twice: the second is its transpose, laid out for products from the right.
    """
    scale = length / HASH_SIDE
    stretch = max(scale, 1.0)
    centres = (np.arange(HASH_SIDE)[:, None] + 0.5) * scale
    reach = _SUPPORT * stretch
    first = np.maximum((centres - reach + 0.5).astype(np.int64), 0)
    last = np.minimum((centres + reach + 0.5).astype(np.int64), samples)
    places = np.arange(samples)[None, :]
    away = (places - centres + 0.5) / stretch
    weights = np.sinc(away) * np.sinc(away / _SUPPORT)
    weights[(np.abs(away) >= _SUPPORT) | (places < first) | (places >= last)] = 0.0
    weights /= weights.sum(axis=1, keepdims=True)
    parts = np.trunc(weights * _ONE + np.copysign(0.5, weights)) / _ONE
    return parts, np.ascontiguousarray(parts.T)
