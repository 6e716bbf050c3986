"""The best rows of a mapped vector file for one query: every row is compared, block by block."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch

from realsyn_lib.embeddings import Ids, Vectors, dot_rows
from realsyn_lib.errors import ShapeError
from realsyn_lib.retrieval.vector_file import VectorFile

_BLOCK_ROWS = 256  # as float32 at width 512 half a megabyte: it stays in the cache of a core
_SPAN_ROWS = 16 * 1024  # scores that are compared with the bar at once
_MARGIN = 4  # so many times as many rows as are wanted are compared again, exactly


@dataclass(frozen=True)
class Hits:
    """Rows found, best first: ids (k,) int64 and cosines (k,) float64."""

    ids: Ids
    cosines: np.ndarray


def best_rows(file: VectorFile, query: Vectors, top: int, threads: int = 2) -> Hits:
    """Return the ``top`` rows nearest to a query, by cosine, of equal ones the smaller id first.

    numpy widens float16 one number at a time; torch does it by vector instructions, which is what a
    scan costs. Own memory: a block, a span of scores and some times ``top`` rows for each thread.

    Args:
        file: n rows of unit norm.
        query: (width,) float32 of unit norm.
        top: rows wanted, at least 1.
        threads: parts of the file that are scanned at once.

    Raises:
        ShapeError: the widths differ.
    """
    if len(file.ids) == 0:
        return Hits(np.empty(0, np.int64), np.empty(0))
    if query.shape != (file.width,):
        raise ShapeError(
            f"best_rows: the query has shape {query.shape}, the vectors width {file.width}; ask with the "
            "encoder that embedded them"
        )
    edges = [len(file.ids) * part // threads for part in range(threads + 1)]
    wanted = max(top * _MARGIN, 64)
    with ThreadPoolExecutor(threads) as pool:
        parts = pool.map(
            lambda k: _scan(file, query, edges[k], edges[k + 1], wanted), range(threads)
        )
        rows = np.concatenate(list(parts))
    exact = dot_rows(file.vectors[rows], np.broadcast_to(query, (len(rows), file.width)))
    order = np.lexsort((file.ids[rows], -exact))[:top]
    return Hits(np.asarray(file.ids[rows][order]), exact[order])


def _scan(file: VectorFile, query: Vectors, start: int, end: int, wanted: int) -> np.ndarray:
    """Return the numbers of about the ``wanted`` best rows of a part of the file."""
    asked = torch.from_numpy(query)
    block = torch.empty((_BLOCK_ROWS, file.width))
    scores = torch.empty(_SPAN_ROWS)
    found, found_scores, bar = np.empty(0, np.int64), np.empty(0, np.float32), -np.inf
    for low in range(start, end, _SPAN_ROWS):
        span = torch.from_numpy(file.vectors[low : min(low + _SPAN_ROWS, end)])
        for at in range(0, len(span), _BLOCK_ROWS):
            part = span[at : at + _BLOCK_ROWS]
            wide = block[: len(part)].copy_(part)
            torch.mv(wide, asked, out=scores[at : at + len(part)])
        here = scores[: len(span)].numpy()
        above = np.flatnonzero(here >= bar)
        found = np.concatenate([found, low + above])
        found_scores = np.concatenate([found_scores, here[above]])
        if len(found) > wanted:
            best = np.lexsort((file.ids[found], -found_scores))[:wanted]
            found, found_scores = found[best], found_scores[best]
            bar = float(found_scores[-1])
    return found
