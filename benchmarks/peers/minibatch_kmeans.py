"""scikit-learn's MiniBatchKMeans of FILE.npy -> centroids.npy in FOLDER.

Run in an environment of its own: FILE, FOLDER, k, threads.
"""

import json
import os
import sys
import time

import numpy as np


def main() -> None:
    """Fit on all rows with batches of as many rows as there are centroids, at least 4,096."""
    place, folder = sys.argv[1:3]
    k, threads = int(sys.argv[3]), sys.argv[4]
    os.environ["OMP_NUM_THREADS"] = threads
    started, used = time.perf_counter(), time.process_time()
    from sklearn.cluster import MiniBatchKMeans

    rows = np.load(place).astype(np.float32, copy=False)
    start_up_s, core_s = time.perf_counter() - started, time.process_time() - used
    fit = MiniBatchKMeans(k, batch_size=max(4096, k), n_init=1, init="random", random_state=1)
    centroids = fit.fit(rows).cluster_centers_
    centroids /= np.linalg.norm(centroids, axis=1, keepdims=True)
    np.save(f"{folder}/centroids.npy", centroids.astype(np.float32))
    told = {"start_up_s": start_up_s, "start_up_core_s": core_s}
    print(json.dumps(told | {"answer": f"{folder}/centroids.npy"}))


main()
