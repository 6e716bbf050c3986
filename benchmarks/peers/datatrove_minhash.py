"""datatrove's MinHash over FILE.parquet -> FOLDER/labels.npy: a label for each row.

Run in an environment of its own: FILE, FOLDER, processes.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from datatrove.data import Document
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.base import PipelineStep
from datatrove.pipeline.dedup.minhash import (
    MinhashConfig,
    MinhashDedupBuckets,
    MinhashDedupCluster,
    MinhashDedupFilter,
    MinhashDedupSignature,
)

CONFIG = MinhashConfig(n_grams=2, num_buckets=14, hashes_per_bucket=4)


class Rows(PipelineStep):
    """The rows of one task: every ``world_size``-th row group."""

    def __init__(self, place: str) -> None:
        """Take the file."""
        super().__init__()
        self.place = place

    def run(self, data=None, rank: int = 0, world_size: int = 1):  # type: ignore[no-untyped-def]
        """Yield documents; an id is the row's number."""
        file = pq.ParquetFile(self.place)
        first = 0
        for group in range(file.num_row_groups):
            texts = file.read_row_group(group, ["text"])["text"].to_pylist()
            if group % world_size == rank:
                for number, text in enumerate(texts, first):
                    yield Document(text=text, id=str(number))
            first += len(texts)


class Labels(PipelineStep):
    """Keep the cluster of each document of one task."""

    def __init__(self, folder: str) -> None:
        """Take the folder."""
        super().__init__()
        self.folder = folder

    def run(self, data, rank: int = 0, world_size: int = 1):  # type: ignore[no-untyped-def]
        """Write row and cluster, -1 for none."""
        found = [(int(d.id), d.metadata.get("minhash_cluster_id", -1)) for d in data]
        np.save(f"{self.folder}/part-{rank}.npy", np.array(found, np.int64).reshape(-1, 2))
        yield from ()


def main() -> None:
    """Run the four stages, the last of which only looks up clusters."""
    place, folder, processes = sys.argv[1], sys.argv[2], int(sys.argv[3])
    stages = [
        ([Rows(place), MinhashDedupSignature(f"{folder}/signatures", CONFIG)], processes),
        (
            [MinhashDedupBuckets(f"{folder}/signatures", f"{folder}/buckets", config=CONFIG)],
            CONFIG.num_buckets,
        ),
        (
            [
                MinhashDedupCluster(
                    f"{folder}/buckets", f"{folder}/remove", CONFIG, save_cluster_id=True
                )
            ],
            1,
        ),
    ]
    for number, (steps, tasks) in enumerate(stages):
        logs = f"{folder}/logs-{number}"
        LocalPipelineExecutor(steps, tasks=tasks, workers=processes, logging_dir=logs).run()
    removed = f"{folder}/remove"
    labels = np.arange(pq.ParquetFile(place).metadata.num_rows)
    steps = [Rows(place), _Clustered(removed), Labels(folder)]
    LocalPipelineExecutor(
        steps, tasks=processes, workers=processes, logging_dir=f"{folder}/logs-3"
    ).run()
    for part in Path(folder).glob("part-*.npy"):
        found = np.load(part)
        found = found[found[:, 1] >= 0]
        labels[found[:, 0]] = len(labels) + found[:, 1]
    np.save(f"{folder}/labels.npy", labels)
    print(json.dumps({"start_up_s": 0.0, "answer": f"{folder}/labels.npy"}))


class _Clustered(MinhashDedupFilter):
    """The filter, with the cluster of each document loaded; it removes nothing."""

    def __init__(self, folder: str) -> None:
        super().__init__(folder, load_cluster_ids=True)

    def run(self, data, rank: int = 0, world_size: int = 1):  # type: ignore[no-untyped-def]
        """Yield every document, with its cluster where it has one."""
        with self.data_folder.open(f"{rank:06d}.clusters", "rb") as file:
            clusters = np.frombuffer(file.read(), np.dtype([("row", "<u4"), ("id", "<u4")]))
        known = dict(zip(clusters["row"].tolist(), clusters["id"].tolist(), strict=True))
        for number, document in enumerate(data):
            document.metadata["minhash_cluster_id"] = known.get(number, -1)
            yield document


if __name__ == "__main__":
    main()
