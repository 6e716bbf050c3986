"""The best sentences of many images: our search, against FAISS IndexIVFFlat and an exact search.

Both sides get the same centroids and the same rows in the same clusters, made before the clock
starts. Each is asked with the least nprobe of a list at which it reaches ``--recall``, found on a
few queries against exact search. Quality is the recall@k over those. Two processes share the
queries on our side, as two tasks of Spark do; FAISS takes as many threads.
"""

import argparse
import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from searched_vectors import fitted_levels, loaded, made_file
from side_by_side import (
    common_flags,
    in_turn,
    one_blas_thread,
    peer_array,
    peer_python,
    start_up_ends,
    summary,
    tell,
)

from realsyn_lib.embeddings import Ids, Vectors
from realsyn_lib.retrieval.levels import Levels, probes
from realsyn_lib.retrieval.search import SearchRules, Sentences, search_clusters

Answer = tuple[int, float, Ids]
_NPROBES = (1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64)
_CHECKED = 1000  # queries compared with the exact search


def main() -> None:
    """Make or read the vectors, run all sides in turn, print the table and the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=Path, help="FILE.npy of float32 rows: the sentences")
    parser.add_argument("--queries", type=Path, help="FILE.npy of float32 rows: the images")
    parser.add_argument("--n", type=int, default=1_000_000, help="sentences made without --base")
    parser.add_argument("--asked", type=int, default=100_000, help="queries made without --queries")
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--k", type=int, default=3)
    parser.add_argument("--clusters", type=int, default=4096)
    parser.add_argument("--recall", type=float, default=0.95)
    parser.add_argument(
        "--venvs", type=Path, help="folder of the peers' environments, to keep them"
    )
    common_flags(parser)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.work) as work:
        place = prepared(arguments, Path(work))
        sides = {"ours": ours}
        sides |= peers(arguments.peer, arguments.venvs or Path(work) / "venvs", arguments.clusters)
        runs = in_turn(
            sides, arguments.runs, str(place), arguments.k, arguments.recall, arguments.threads
        )
        exact = np.load(place / "exact.npy")
        count = len(np.load(place / "queries.npy", mmap_mode="r"))
    told = {}
    for name, own in runs.items():
        nprobe, share, answer = own[0].answer
        quality = recall(answer, exact)
        print(f"{name}: nprobe {nprobe}, recall@{arguments.k} {quality:.4f}")
        told[name] = summary(name, own, round(count * share), quality)
    sizes = {"sentences": arguments.n, "queries": count, "clusters": arguments.clusters}
    tell("retrieval", sizes, told.pop("ours"), list(told.values()), ["numpy", "faiss-cpu"])


def peers(name: str | None, venvs: Path, lists: int) -> dict[str, Any]:
    """Return the peers asked for; those that need an environment of their own get it once."""
    found: dict[str, Any] = {"faiss-ivf": faiss_ivf, "faiss-flat": faiss_flat}
    packages = {"scann": ["scann==1.4.2"], "autofaiss": ["autofaiss==2.18.0", "pyarrow==21.0.0"]}
    for peer, wanted in packages.items():
        if name in (None, peer):
            python = peer_python(venvs / peer, *wanted)
            found[peer] = partial(in_its_own, str(python), f"{peer}_search.py", lists)
    return {peer: run for peer, run in found.items() if name in (None, peer)}


def in_its_own(
    python: str, script: str, lists: int, place: str, k: int, wanted: float, threads: int
) -> tuple[float, Answer]:
    """Ask a peer in its own environment; it builds its own index."""
    asked = (k, wanted, threads, lists)
    start_up_s, found = peer_array(python, script, f"{place}/rows.npy", *asked)
    return start_up_s, (0, 1.0, found.astype(np.int64))


def prepared(arguments: argparse.Namespace, place: Path) -> Path:
    """Write rows in the order of their clusters, centroids, and the exact answers of a few queries."""
    import faiss

    made = arguments.base or made_file(place / "made.npy", arguments.n, arguments.width, 1)
    asked = arguments.queries or made_file(place / "asked.npy", arguments.asked, arguments.width, 2)
    rows, queries = loaded(str(made)), loaded(str(asked))
    levels = fitted_levels(rows, arguments.clusters)
    own = probes(rows, levels, 8, 1)[:, 0]
    order = np.argsort(own, kind="stable")
    rows = rows[order]
    flat = faiss.IndexFlatIP(rows.shape[1])
    flat.add(rows)
    exact = flat.search(queries[:_CHECKED], arguments.k)[1]
    arrays = {
        "rows": rows, "queries": queries, "exact": exact, "own": own[order],
        "tops": levels.tops, "cells": levels.cells, "starts": levels.starts,
    }  # fmt: skip
    for name, array in arrays.items():
        np.save(place / f"{name}.npy", array)
    return place


def ours(place: str, k: int, wanted: float, threads: int) -> tuple[float, Answer]:
    """Both levels of the search, grouping included, each thread with its part of the queries."""
    started = time.perf_counter()
    one_blas_thread()  # each of our threads multiplies alone
    data = _data(place)
    levels = Levels(data["tops"], data["cells"], data["starts"])
    count = len(data["rows"])
    bounds = np.searchsorted(data["own"], np.arange(len(levels.cells) + 1))
    ids = np.arange(count)
    sentences = Sentences(ids, data["rows"], ids, bounds)
    rules = SearchRules(k, max_same_cosine=2.0)

    def search(queries: Vectors, nprobe: int) -> Ids:
        near = probes(queries, levels, max(8, nprobe // 3), nprobe)
        return search_clusters(queries, near, sentences, rules).members

    few = data["queries"][:_CHECKED]
    nprobe = _least(lambda tried: recall(search(few, tried), data["exact"]), wanted)
    start_up_ends()
    start_up_s = time.perf_counter() - started
    with ThreadPoolExecutor(threads) as pool:
        parts = np.array_split(data["queries"], threads)
        found = np.concatenate(list(pool.map(lambda part: search(part, nprobe), parts)))
    return start_up_s, (nprobe, 1.0, found[:_CHECKED])


def faiss_ivf(place: str, k: int, wanted: float, threads: int) -> tuple[float, Answer]:
    """IndexIVFFlat with our centroids and the same rows in the same lists."""
    import faiss

    started = time.perf_counter()
    faiss.omp_set_num_threads(threads)
    data = _data(place)
    width, own = data["rows"].shape[1], np.ascontiguousarray(data["own"])
    quantizer = faiss.IndexFlatIP(width)
    quantizer.add(data["cells"])
    index = faiss.IndexIVFFlat(quantizer, width, len(data["cells"]), faiss.METRIC_INNER_PRODUCT)
    index.is_trained = True
    index.add_core(len(own), faiss.swig_ptr(data["rows"]), None, faiss.swig_ptr(own))

    def search(queries: Vectors, nprobe: int) -> Ids:
        index.nprobe = nprobe
        found: Ids = index.search(queries, k)[1]
        return found

    few = data["queries"][:_CHECKED]
    nprobe = _least(lambda tried: recall(search(few, tried), data["exact"]), wanted)
    start_up_ends()
    start_up_s = time.perf_counter() - started
    return start_up_s, (nprobe, 1.0, search(data["queries"], nprobe)[:_CHECKED])


def faiss_flat(place: str, k: int, _wanted: float, threads: int) -> tuple[float, Answer]:
    """Compare a part of the queries with every sentence."""
    import faiss

    started = time.perf_counter()
    faiss.omp_set_num_threads(threads)
    data = _data(place)
    index = faiss.IndexFlatIP(data["rows"].shape[1])
    index.add(data["rows"])
    start_up_ends()
    start_up_s = time.perf_counter() - started
    asked = data["queries"][: 4 * _CHECKED]
    found = index.search(asked, k)[1]
    return start_up_s, (0, len(asked) / len(data["queries"]), found[:_CHECKED])


def recall(found: Ids, exact: Ids) -> float:
    """Return the share of the exact answers, (n, k) rows, that were found."""
    return float((found[: len(exact), :, None] == exact[:, None, :]).any(axis=1).mean())


def _least(recall_at: Any, wanted: float) -> int:
    return next((tried for tried in _NPROBES if recall_at(tried) >= wanted), _NPROBES[-1])


def _data(place: str) -> dict[str, Any]:
    names = ("rows", "queries", "exact", "own", "tops", "cells", "starts")
    return {name: np.load(f"{place}/{name}.npy") for name in names}


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    main()
