"""autofaiss's best k of queries.npy among rows.npy of PLACE -> found.npy in FOLDER.

Run in an environment of its own: PLACE/rows.npy, FOLDER, k, wanted recall, threads, lists (its own
choice counts). Building is start-up. It picks the index for 4 GB; nprobe and, of a graph, efSearch are
the least powers of two that reach the recall over the first queries.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np


def main() -> None:
    """Build, choose, search."""
    rows_file, folder = sys.argv[1:3]
    k, wanted, threads = int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5])
    started, used = time.perf_counter(), time.process_time()
    import faiss
    from autofaiss import build_index

    place = Path(rows_file).parent
    rows, queries, exact = (np.load(place / f"{name}.npy") for name in ("rows", "queries", "exact"))
    index, facts = build_index(
        embeddings=rows, metric_type="ip", save_on_disk=False, nb_cores=threads,
        max_index_memory_usage="4G", current_memory_available="12G", verbose=40,
    )  # fmt: skip
    faiss.omp_set_num_threads(threads)
    few, space = queries[: len(exact)], faiss.ParameterSpace()
    name = "nprobe" if "IVF" in facts["index_key"] else "efSearch"
    for power in range(13):
        space.set_index_parameter(index, name, 2**power)
        if _recall(index.search(few, k)[1], exact) >= wanted:
            break
    start_up_s, core_s = time.perf_counter() - started, time.process_time() - used
    np.save(f"{folder}/found.npy", index.search(queries, k)[1][: len(exact)])
    told = {"start_up_s": start_up_s, "start_up_core_s": core_s, "answer": f"{folder}/found.npy"}
    print(f"{facts['index_key']}, {name} {2**power}", file=sys.stderr)
    print(json.dumps(told))


def _recall(found: np.ndarray, exact: np.ndarray) -> float:
    return float((found[:, :, None] == exact[:, None, :]).any(axis=1).mean())


main()
