"""Exact near pairs of 64-bit hashes, band by band."""

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from realsyn_lib.dedup.bands import Bands, Hashes, bands_of, blocks_for, cheaper_blocks

Rows = npt.NDArray[np.int64]

_CHUNK = 2**15  # hashes compared at once: what the inner cache of a core holds
_LONG_RUN = 2**13  # hashes of one key above which they are banded once more
_PAIRS_AT_ONCE = 2**16
_DIGIT = 16  # bits that numpy sorts by radix


def near_hashes(hashes: Hashes, distance: int, blocks: int | None = None) -> npt.NDArray[np.int64]:
    """Return every pair of rows whose hashes differ in at most ``distance`` bits.

    Args:
        hashes: (n,) uint64, distinct (join equal ones first: they cost a group-by).
        distance: most differing bits, 0..12.
        blocks: as in ``bands_of``; default what costs least.

    Returns:
        (pairs, 2) int64 row numbers, smaller first, in ascending order, each pair once.
    """
    bands = bands_of(distance, blocks or blocks_for(len(hashes), distance))
    found = [pair for band in range(len(bands)) for pair in near_in_band(hashes, bands, band)]
    empty = np.empty(0, np.int64)
    left = np.concatenate([empty, *(pair[0] for pair in found)])
    right = np.concatenate([empty, *(pair[1] for pair in found)])
    pairs = np.stack([np.minimum(left, right), np.maximum(left, right)], axis=1)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


def near_in_band(hashes: Hashes, bands: Bands, band: int) -> Iterator[tuple[Rows, Rows]]:
    """Yield the near pairs whose first common band is this one: every pair in one band only.

    Time: a few passes over the hashes, and one comparison (a nanosecond) for each pair that
    shares the band's bits. Memory: some 40 bytes a hash, and the pairs of one block of them.

    Args:
        hashes: (n,) uint64, distinct.
        bands: made by ``bands_of``.
        band: number of the band, from 0.

    Yields:
        Row numbers of the two hashes of each pair, (pairs,) int64 each.
    """
    mask = np.uint64(bands.mask(band))
    order, starts = _runs(hashes, bands.positions(band))
    ordered = hashes[order]
    for left, right in _gathered(_near_in_runs(ordered, starts, bands, band)):
        own = bands.first_masks(ordered[left] ^ ordered[right]) == mask
        yield order[left[own]], order[right[own]]


def _gathered(pairs: Iterable[tuple[Rows, Rows]]) -> Iterator[tuple[Rows, Rows]]:
    """Join small blocks of pairs to larger ones: each costs calls, however few its pairs are."""
    lefts: list[Rows] = []
    rights: list[Rows] = []
    held = 0
    for left, right in pairs:
        lefts.append(left)
        rights.append(right)
        held += len(left)
        if held >= _PAIRS_AT_ONCE:
            yield np.concatenate(lefts), np.concatenate(rights)
            lefts, rights, held = [], [], 0
    if lefts:
        yield np.concatenate(lefts), np.concatenate(rights)


def in_part(
    hashes: Hashes, bands: Bands, band: int, part: int, parts: int
) -> npt.NDArray[np.bool_] | slice:
    """Say which hashes have their key in one of ``parts`` (a power of two, up to 2**16) parts.

    Hashes of one key are all in one part, so parts can be searched apart.
    """
    if parts == 1:
        return slice(None)
    bits = bands.positions(band)[: parts.bit_length() - 1]
    return _keys(hashes, bits)[0] == part  # type: ignore[no-any-return]


def _runs(hashes: Hashes, positions: list[int]) -> tuple[Rows, Rows]:
    """Return the order that puts hashes of equal key together, and where each key starts."""
    keys = _keys(hashes, positions)
    order = np.argsort(keys[0], kind="stable")
    for digit in keys[1:]:
        order = order[np.argsort(digit[order], kind="stable")]
    is_start = np.ones(len(hashes), bool)
    is_start[1:] = False
    for digit in keys:
        ordered = digit[order]
        is_start[1:] |= ordered[1:] != ordered[:-1]
    return order, np.flatnonzero(is_start)


def _keys(hashes: Hashes, positions: list[int]) -> list[npt.NDArray[np.uint16]]:
    """Return the bits at some positions, packed into digits that sort by radix."""
    digits = []
    for start in range(0, max(len(positions), 1), _DIGIT):
        digit, width = np.zeros(len(hashes), np.uint16), 0
        for low, bits in _ranges(positions[start : start + _DIGIT]):
            part = (hashes >> np.uint64(low)).astype(np.uint16) & np.uint16((1 << bits) - 1)
            digit |= part << np.uint16(width)
            width += bits
        digits.append(digit)
    return digits


def _ranges(positions: list[int]) -> list[tuple[int, int]]:
    """Return consecutive positions as (lowest, count)."""
    found: list[tuple[int, int]] = []
    for bit in positions:
        if found and bit == sum(found[-1]):
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((bit, 1))
    return found


def _near_in_runs(
    hashes: Hashes, starts: Rows, bands: Bands, band: int
) -> Iterator[tuple[Rows, Rows]]:
    """Compare the hashes of each run with one another; long runs are banded once more."""
    ends = np.append(starts[1:], len(hashes))
    is_long = ends - starts > _LONG_RUN
    for start, end in zip(starts[is_long], ends[is_long], strict=True):
        for left, right in _near_in_long_run(hashes[start:end], bands, band):
            yield start + left, start + right
    short_starts, short_ends = starts[~is_long], ends[~is_long]
    for first, last in _chunks(short_starts, short_ends):
        yield from _near_in_chunk(
            hashes, short_starts[first:last], short_ends[first:last], bands.distance
        )


def _near_in_long_run(hashes: Hashes, bands: Bands, band: int) -> Iterator[tuple[Rows, Rows]]:
    """Band the hashes of one key by those bits that differ among them, where that costs less."""
    differing = int(np.bitwise_or.reduce(hashes ^ hashes[0]))
    open_bits = [bit for block in bands.blocks for bit in block if differing >> bit & 1]
    blocks = cheaper_blocks(len(hashes), bands.distance, len(open_bits))
    if blocks is None:
        whole = np.array([0]), np.array([len(hashes)])
        yield from _near_in_chunk(hashes, *whole, bands.distance)
        return
    within = bands_of(bands.distance, blocks, open_bits)
    for number in range(len(within)):
        yield from near_in_band(hashes, within, number)


def _chunks(starts: Rows, ends: Rows) -> Iterator[tuple[int, int]]:
    """Yield groups of neighbouring runs, of about ``_CHUNK`` hashes each."""
    sizes = np.cumsum(ends - starts)
    cuts = np.searchsorted(sizes, np.arange(_CHUNK, (sizes[-1] if len(sizes) else 0), _CHUNK))
    bounds = np.unique(np.concatenate([[0], cuts + 1, [len(starts)]]))
    yield from zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)


def _near_in_chunk(
    hashes: Hashes, starts: Rows, ends: Rows, distance: int
) -> Iterator[tuple[Rows, Rows]]:
    """Compare each hash with the one ``shift`` places on, for each shift that a run has."""
    if len(starts) == 0:
        return
    base, rows = starts[0], hashes[starts[0] : ends[-1]]
    for shift in range(1, int((ends - starts).max())):
        near = np.bitwise_count(rows[shift:] ^ rows[:-shift]) <= distance
        if near.any():
            left = base + np.flatnonzero(near)
            run = np.searchsorted(starts, left, side="right") - 1
            left = left[left + shift < ends[run]]
            yield left, left + shift
