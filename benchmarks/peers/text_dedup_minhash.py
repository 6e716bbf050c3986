"""text-dedup's MinHash over FILE.parquet -> FOLDER/labels.npy: a label for each row.

Run in an environment of its own: FILE, FOLDER, processes.
"""

import json
import sys

import numpy as np
import pyarrow.parquet as pq


def main() -> None:
    """Cluster the texts and keep the labels, as text_dedup.minhash does before it filters."""
    place, folder, processes = sys.argv[1:]
    import text_dedup.minhash as peer

    arguments = {
        "--path": "parquet", "--data_files": place, "--split": "train", "--column": "text",
        "--cache_dir": f"{folder}/cache", "--output": f"{folder}/kept", "--num_proc": processes,
        "--ngram": "1", "--min_length": "1", "--threshold": "0.7", "--num_perm": "128",
        "--hash_func": "xxh3", "--hash_bits": "32", "--batch_size": "10000",
    }  # fmt: skip
    flat = [part for pair in arguments.items() for part in pair]
    peer.main.main(args=flat, standalone_mode=False)
    labels = [peer.uf.find(row) for row in range(pq.ParquetFile(place).metadata.num_rows)]
    np.save(f"{folder}/labels.npy", np.array(labels))
    print(json.dumps({"start_up_s": 0.0, "answer": f"{folder}/labels.npy"}))


main()
