"""The nearest of many centroids for each vector: two levels with a beam, against a flat search.

Centroids are fitted before the clock starts. Quality is the share of rows whose nearest centroid
is the exact one; the flat search is exact. What the other rows cost in recall@3 is told. The two
threads of our side share the rows, as two tasks of Spark do.
"""

import argparse
import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from searched_vectors import fitted_levels, loaded, made_file
from side_by_side import common_flags, in_turn, one_blas_thread, start_up_ends, summary, tell

from realsyn_lib.embeddings import Ids, Vectors
from realsyn_lib.retrieval.levels import Levels, probes

_CHECKED = 20_000
_NPROBES = (1, 4, 16, 64)


def main() -> None:
    """Make or read the vectors, run both sides in turn, print the table and the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=Path, help="FILE.npy of float32 rows")
    parser.add_argument("--n", type=int, default=1_000_000, help="rows made without --base")
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--k", type=int, default=50_000)
    parser.add_argument("--beam", type=int, default=8)
    common_flags(parser)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.work) as work:
        base = arguments.base or made_file(Path(work) / "base.npy", arguments.n, arguments.width, 1)
        rows = loaded(str(base))
        levels = fitted_levels(rows, arguments.k, rows_each=max(2, len(rows) // arguments.k))
        for name in ("tops", "cells", "starts"):
            np.save(Path(work) / f"{name}.npy", getattr(levels, name))
        sides = {"ours": ours}
        if arguments.peer in (None, "faiss-flat"):
            sides["faiss-flat"] = faiss_flat
        runs = in_turn(sides, arguments.runs, str(base), work, arguments.beam, arguments.threads)
        exact = faiss_flat(str(base), work, 0, arguments.threads)[1][1]
        tell_loss(rows, levels, arguments.beam)
    told = {}
    for name, own in runs.items():
        count, nearest = own[0].answer
        agreement = float((nearest[: len(exact)] == exact).mean())
        print(f"{name}: agreement {agreement:.4f}")
        told[name] = summary(name, own, count, agreement)
    sizes = {"rows": len(rows), "k": arguments.k, "width": rows.shape[1], "beam": arguments.beam}
    tell("assignment", sizes, told.pop("ours"), list(told.values()), ["numpy", "faiss-cpu"])


def tell_loss(rows: Vectors, levels: Levels, beam: int) -> None:
    """Print the recall@3 in the nearest cells of queries, of rows placed by us and by a flat search."""
    import faiss

    queries = made_queries(rows.shape[1])
    flat, cells = faiss.IndexFlatIP(rows.shape[1]), faiss.IndexFlatIP(rows.shape[1])
    flat.add(rows)
    cells.add(levels.cells)
    best = flat.search(queries, 3)[1].ravel()
    near = cells.search(queries, max(_NPROBES))[1].repeat(3, axis=0)
    ours, exact = probes(rows[best], levels, beam, 1)[:, 0], cells.search(rows[best], 1)[1][:, 0]
    for nprobe in _NPROBES:
        found = [
            float((near[:, :nprobe] == own[:, None]).any(axis=1).mean()) for own in (ours, exact)
        ]
        print(f"recall@3 in {nprobe} cells: {found[0]:.4f}, flat {found[1]:.4f}")


def made_queries(width: int) -> Vectors:
    """Return 1,000 queries of the same kind as the rows."""
    with tempfile.TemporaryDirectory() as folder:
        return loaded(str(made_file(Path(folder) / "asked.npy", 1000, width, 2)))


def ours(base: str, work: str, beam: int, threads: int) -> tuple[float, tuple[int, Ids]]:
    """Both levels for all rows."""
    started = time.perf_counter()
    one_blas_thread()  # each of our threads multiplies alone
    rows, levels = loaded(base), Levels(
        *(np.load(f"{work}/{name}.npy") for name in ("tops", "cells", "starts"))
    )  # fmt: skip
    start_up_ends()
    start_up_s = time.perf_counter() - started
    with ThreadPoolExecutor(threads) as pool:
        parts = np.array_split(rows, threads)
        near = list(pool.map(lambda part: probes(part, levels, beam, 1)[:, 0], parts))
    return start_up_s, (len(rows), np.concatenate(near)[:_CHECKED])


def faiss_flat(base: str, work: str, _beam: int, threads: int) -> tuple[float, tuple[int, Ids]]:
    """Compare a part of the rows with every centroid."""
    import faiss

    started = time.perf_counter()
    faiss.omp_set_num_threads(threads)
    rows, cells = loaded(base)[:_CHECKED], np.load(f"{work}/cells.npy")
    index = faiss.IndexFlatIP(rows.shape[1])
    index.add(cells)
    start_up_ends()
    start_up_s = time.perf_counter() - started
    return start_up_s, (len(rows), index.search(rows, 1)[1][:, 0])


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    main()
