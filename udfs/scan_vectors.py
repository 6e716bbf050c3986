"""The best rows of a mapped vector file for one query: every row is compared where it lies."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import faiss
import numpy as np

from realsyn_lib.embeddings import Ids, Vectors, dot_rows
from realsyn_lib.errors import ShapeError
from realsyn_lib.retrieval.vector_file import VectorFile

_MARGIN = 4  # so many times as many rows as are wanted are compared again, exactly
_MORE = 8  # so many times as many, where those do not settle it
_ROWS_AT_ONCE = 4096  # widened to float64


@dataclass(frozen=True)
class Hits:
    """Rows found, best first: ids (k,) int64 and cosines (k,) float64."""

    ids: Ids
    cosines: np.ndarray


@dataclass(frozen=True)
class _Part:
    """Rows of a part of the file that were best in float32; no other of it is above ``bar``."""

    rows: np.ndarray
    scores: np.ndarray
    bar: float


def best_rows(file: VectorFile, query: Vectors, top: int, threads: int = 2) -> Hits:
    """Return the ``top`` rows nearest to a query, by cosine, of equal ones the smaller id first.

    FAISS widens float16 in registers and multiplies: what a scan costs is reading the file. Its sums are
    float32, so the rows that come near the best are compared again in float64, and as many are taken as
    it needs until rounding cannot have hidden one. Own memory: 16 bytes for each row taken.

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
    # A float32 sum of n products of unit vectors is off by less than half of it.
    rounding = 2 * file.width * float(np.finfo(np.float32).eps)
    wanted = max(top * _MARGIN, 64)
    while True:
        parts = _scanned(file, query, wanted, threads)
        rows = _near(parts, top, rounding)
        exact = _exact(file, rows, query)
        order = np.lexsort((file.ids[rows], -exact))[:top]
        bar = max(part.bar for part in parts)
        if bar == -np.inf or bar + rounding < exact[order[-1]]:
            return Hits(np.asarray(file.ids[rows][order]), exact[order])
        wanted *= _MORE


def _scanned(file: VectorFile, query: Vectors, wanted: int, threads: int) -> list[_Part]:
    edges = [len(file.ids) * part // threads for part in range(threads + 1)]
    with ThreadPoolExecutor(threads) as pool:  # FAISS lets go of Python's lock
        return list(
            pool.map(lambda low, high: _scan(file, query, low, high, wanted), edges, edges[1:])
        )


def _scan(file: VectorFile, query: Vectors, low: int, high: int, wanted: int) -> _Part:
    """Compare the rows from ``low`` to ``high``; numbers that are none (NaN) are never best."""
    count = min(wanted, high - low)
    scores, rows = np.full(count, -np.inf, np.float32), np.full(count, -1, np.int64)
    codes = faiss.swig_ptr(file.vectors[low:high].view(np.uint8))
    best = faiss.swig_ptr(scores), faiss.swig_ptr(rows)
    with _scanner(query) as scanner:
        scanner.scan_codes(high - low, codes, None, *best, count)
    is_row = rows >= 0
    is_all = count == high - low or not is_row.all()
    return _Part(rows[is_row] + low, scores[is_row], -np.inf if is_all else float(scores.min()))


@contextmanager
def _scanner(query: Vectors) -> Iterator[Any]:
    """Yield what compares float16 rows with a query and tells them by their place."""
    asked = np.ascontiguousarray(query, np.float32)
    quantizer: Any = faiss.ScalarQuantizer(len(asked), faiss.ScalarQuantizer.QT_fp16)
    scanner = quantizer.select_InvertedListScanner(faiss.METRIC_INNER_PRODUCT, None, True, None)
    try:
        scanner.set_query(faiss.swig_ptr(asked))
        scanner.set_list(0, 0.0)
        yield scanner
    finally:
        scanner.__swig_destroy__(scanner)  # Python does not own it: nothing else frees it


def _near(parts: list[_Part], top: int, rounding: float) -> np.ndarray:
    """Return the rows that may be among the ``top`` by exact products."""
    rows = np.concatenate([part.rows for part in parts])
    scores = np.concatenate([part.scores for part in parts])
    if len(rows) <= top:
        return rows
    least = np.partition(scores, len(scores) - top)[len(scores) - top]
    return np.asarray(rows[scores >= least - rounding])


def _exact(file: VectorFile, rows: np.ndarray, query: Vectors) -> np.ndarray:
    """Return (n,) float64 cosines."""
    found = np.empty(len(rows))
    for at in range(0, len(rows), _ROWS_AT_ONCE):
        some = file.vectors[rows[at : at + _ROWS_AT_ONCE]]
        found[at : at + len(some)] = dot_rows(some, np.broadcast_to(query, some.shape))
    return found
