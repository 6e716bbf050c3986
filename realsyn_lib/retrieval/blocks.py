"""Blocks of clusters: what one task of the search holds, on either side."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from realsyn_lib.embeddings import Ids
from realsyn_lib.equal_runs import run_places, run_starts

_WORTH_A_TASK = 2**23  # bytes of images for which a block's sentences are copied once more


@dataclass(frozen=True)
class Blocks:
    """Where the clusters and their images meet.

    Attributes:
        first: (clusters,) int32, the block of each cluster, the first one where it has several.
        parts: (clusters,) int32, over how many blocks in a row its sentences are dealt out; 0: none
            of its sentences is looked at.
        copies: (blocks,) int32, into how many tasks a block's images are dealt out.
    """

    first: npt.NDArray[np.int32]
    parts: npt.NDArray[np.int32]
    copies: npt.NDArray[np.int32]

    @property
    def is_whole(self) -> bool:
        """Whether each cluster lies in one block."""
        return bool((self.parts <= 1).all())

    def of_clusters(self, wanted: npt.NDArray[np.bool_]) -> "Blocks":
        """Return the blocks with some clusters only, (clusters,) bool; a block of none has no task."""
        parts = np.where(wanted, self.parts, 0).astype(np.int32)
        held = _held(replace(self, parts=parts), np.ones_like(self.first, dtype=np.int64))
        return replace(
            self, parts=parts, copies=np.where(held > 0, self.copies, 0).astype(np.int32)
        )

    @property
    def first_task(self) -> Ids:
        """(blocks + 1,) int64, the first of the tasks in which each block meets its images."""
        return np.append(0, np.cumsum(self.copies, dtype=np.int64))

    @property
    def tasks(self) -> int:
        """How many tasks that makes."""
        return int(self.copies.sum())


@dataclass(frozen=True)
class Meetings:
    """One row for each image and block that it is searched in.

    ``row``: image, ``block``, ``probe``: places (r, p) in its list of clusters that lie in that
    block, -1 where fewer. ``is_only``: the image is searched in no other block.
    """

    row: Ids
    block: Ids
    probe: Ids
    is_only: npt.NDArray[np.bool_]


def plan_blocks(
    sizes: Ids, asked: Ids, sentence_bytes: int, image_bytes: int, block_bytes: int,
    least_tasks: int = 1,
) -> Blocks:  # fmt: skip
    """Put clusters that lie side by side into blocks of about ``block_bytes``.

    A cluster that is larger alone is dealt out over blocks of its own; a block whose images are
    more than that, or where there are fewer blocks than tasks, is copied, and its images are dealt
    out over the copies. In which blocks clusters lie depends on their sizes and ``block_bytes``
    alone, because sentences are compared with one another inside a block only; copies change nothing.

    Args:
        sizes: (clusters,) int64, sentences of each.
        asked: (clusters,) int64, images that look into each, about.
        sentence_bytes, image_bytes: memory of one of them.
        block_bytes: memory of a block's sentences, and of its images; blocks end behind it.
        least_tasks: tasks wanted at least, where there are enough images.
    """
    taken = sizes * sentence_bytes
    parts = np.maximum(1, -(-taken // block_bytes))
    is_large = parts > 1
    before = np.cumsum(np.where(is_large, 0, taken)) - np.where(is_large, 0, taken)
    _, small = np.unique(before[~is_large] // block_bytes, return_inverse=True)
    first = np.empty(len(sizes), dtype=np.int64)
    first[~is_large] = small
    count = int(small.max(initial=-1)) + 1
    first[is_large] = count + np.cumsum(parts[is_large]) - parts[is_large]
    blocks = max(1, count + int(parts[is_large].sum()))
    load = np.zeros(blocks, dtype=np.int64)
    for part in range(int(parts.max(initial=1))):
        own = parts > part
        np.add.at(load, first[own] + part, asked[own])
    copies = np.maximum(1, -(-load * image_bytes // block_bytes))
    spread = np.minimum(-(-least_tasks // blocks), load * image_bytes // _WORTH_A_TASK)
    copies = np.maximum(copies, spread)
    return Blocks(*(found.astype(np.int32) for found in (first, parts, copies)))


def planned_sizes(fitted: Ids, now: Ids, sentence_bytes: int, block_bytes: int) -> Ids:
    """Return the sizes that blocks are planned by, so that added sentences move no cluster.

    Those that clusters had when they were fitted. Where a block would hold more than twice
    ``block_bytes``, those of its clusters that have grown are doubled, as often as it takes.

    Args:
        fitted, now: (clusters,) int64, sentences of each, then and now.
        sentence_bytes, block_bytes: as for ``plan_blocks``.
    """
    sizes = fitted.copy()
    while True:
        blocks = plan_blocks(sizes, np.zeros_like(sizes), sentence_bytes, 0, block_bytes)
        is_full = _held(blocks, now * sentence_bytes) > 2 * block_bytes
        outgrown = (now > sizes) & is_full[blocks.first]
        if not outgrown.any():
            return sizes
        sizes[outgrown] = np.maximum(1, sizes[outgrown]) * 2


def _held(blocks: Blocks, taken: Ids) -> npt.NDArray[np.float64]:
    """Return the bytes in each block, of clusters that take ``taken``."""
    held = np.zeros(len(blocks.copies))
    for part in range(int(blocks.parts.max(initial=1))):
        own = blocks.parts > part
        np.add.at(held, blocks.first[own] + part, taken[own] / blocks.parts[own])
    return held


def meetings(clusters: Ids, blocks: Blocks) -> Meetings:
    """Return in which blocks images are searched for.

    Args:
        clusters: (n, p) int64, clusters of each image, -1 where fewer.
        blocks: from ``plan_blocks``.
    """
    row, probe = np.nonzero(clusters >= 0)
    own = clusters[row, probe]
    times = blocks.parts[own].astype(np.int64)
    part = run_places(np.repeat(np.arange(len(own)), times))
    row, probe = np.repeat(row, times), np.repeat(probe, times)
    block = np.repeat(blocks.first[own].astype(np.int64), times) + part
    order = np.lexsort((probe, block, row))
    row, probe, block = row[order], probe[order], block[order]
    meeting = row * len(blocks.copies) + block
    starts = run_starts(meeting)
    places = np.full((len(starts), clusters.shape[1]), -1, dtype=np.int64)
    places[np.searchsorted(meeting[starts], meeting), run_places(meeting)] = probe
    count = np.bincount(row[starts], minlength=len(clusters))
    return Meetings(row[starts], block[starts], places, count[row[starts]] == 1)
