"""semhash's near pairs of FILE.parquet (id, embedding float16) -> FOLDER/pairs.npy.

Run in an environment of its own: FILE, FOLDER, largest cosine distance. It is given the vectors, so
that its model is never asked; the pairs are those of its index, before it picks whom to keep.
"""

import json
import sys
import time

import numpy as np
import pyarrow.parquet as pq


def main() -> None:
    """Index the vectors and ask each for those near it, as ``SemHash.self_deduplicate`` does."""
    place, folder, eps = sys.argv[1:]
    started = time.perf_counter()
    from semhash import SemHash

    start_up_s = time.perf_counter() - started
    column = pq.read_table(place)["embedding"].combine_chunks()
    stored = np.frombuffer(column.buffers()[2], "<f2").reshape(len(column), -1)
    names = [str(row) for row in range(len(stored))]
    search = SemHash.from_embeddings(stored.astype(np.float32), names, model=None)
    near = search.index.query_threshold(search.index.vectors, threshold=1 - float(eps))
    row = np.repeat(np.arange(len(near)), [len(others) for others, _ in near])
    other = np.concatenate([others for others, _ in near]).astype(np.int64)
    np.save(f"{folder}/pairs.npy", np.stack([row, other], axis=1)[row != other])
    print(json.dumps({"start_up_s": start_up_s, "answer": f"{folder}/pairs.npy"}))


main()
