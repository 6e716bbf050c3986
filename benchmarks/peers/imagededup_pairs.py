"""imagededup's near pairs of FILE.parquet (image_id, phash) -> FOLDER/pairs.npy, rows of the file.

Run in an environment of its own: FILE, FOLDER, largest Hamming distance, processes. It is given the
hashes, and searches as it does by default: each against all, in processes of its own.
"""

import json
import sys
import time
import types

import numpy as np
import pyarrow.parquet as pq


def main() -> None:
    """Ask for the duplicates of each hash."""
    place, folder, distance, processes = sys.argv[1:]
    started = time.perf_counter()
    # Its neural method fetches weights as soon as it is imported; hashes need none of it.
    sys.modules["imagededup.methods.cnn"] = types.ModuleType("cnn")
    sys.modules["imagededup.methods.cnn"].CNN = None
    from imagededup.methods import PHash

    start_up_s = time.perf_counter() - started
    hashes = pq.read_table(place)["phash"].to_numpy().view(np.uint64).tolist()
    named = {str(row): f"{phash:016x}" for row, phash in enumerate(hashes)}
    found = PHash(verbose=False).find_duplicates(
        encoding_map=named, max_distance_threshold=int(distance), num_dist_workers=int(processes)
    )
    pairs = [(int(row), int(other)) for row, others in found.items() for other in others]
    np.save(f"{folder}/pairs.npy", np.array(pairs, np.int64).reshape(-1, 2))
    print(json.dumps({"start_up_s": start_up_s, "answer": f"{folder}/pairs.npy"}))


if __name__ == "__main__":  # its processes import this file
    main()
