"""ScaNN's best k of queries.npy among rows.npy of PLACE -> found.npy in FOLDER.

Run in an environment of its own: PLACE/rows.npy, FOLDER, k, wanted recall, threads, lists. Building
is start-up. Lists searched and candidates scored again are the least of a list of pairs that reach the
recall over the first queries.
"""

import json
import os
import sys
import time
from pathlib import Path

import numpy as np

_TRIED = [(2, 30), (4, 60), (8, 100), (12, 150), (16, 200), (24, 300), (40, 400), (64, 600)]


def main() -> None:
    """Build, choose, search."""
    rows_file, folder = sys.argv[1:3]
    k, wanted, threads, lists = int(sys.argv[3]), float(sys.argv[4]), *map(int, sys.argv[5:7])
    os.environ["OMP_NUM_THREADS"] = str(threads)
    started, used = time.perf_counter(), time.process_time()
    import scann

    place = Path(rows_file).parent
    rows, queries, exact = (np.load(place / f"{name}.npy") for name in ("rows", "queries", "exact"))
    builder = scann.scann_ops_pybind.builder(rows, k, "dot_product").set_n_training_threads(threads)
    tree = builder.tree(lists, lists // 64, training_sample_size=64 * lists)
    searcher = tree.score_ah(2, anisotropic_quantization_threshold=0.2).reorder(100).build()
    searcher.set_num_threads(threads)

    def search(some: np.ndarray, tried: tuple[int, int]) -> np.ndarray:
        leaves, scored = tried
        return searcher.search_batched_parallel(
            some, leaves_to_search=leaves, pre_reorder_num_neighbors=scored
        )[0]

    few = queries[: len(exact)]
    tried = next(
        (pair for pair in _TRIED if _recall(search(few, pair), exact) >= wanted), _TRIED[-1]
    )
    start_up_s, core_s = time.perf_counter() - started, time.process_time() - used
    np.save(f"{folder}/found.npy", search(queries, tried)[: len(exact)])
    told = {"start_up_s": start_up_s, "start_up_core_s": core_s, "answer": f"{folder}/found.npy"}
    print(f"lists and candidates: {tried}", file=sys.stderr)
    print(json.dumps(told))


def _recall(found: np.ndarray, exact: np.ndarray) -> float:
    return float((found.astype(int)[:, :, None] == exact[:, None, :]).any(axis=1).mean())


main()
