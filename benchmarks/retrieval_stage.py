"""The stage retrieve_texts from Delta tables to a Delta table, against one FAISS process.

FAISS loads the same vectors from parquet, adds them to an IndexIVFFlat with the same centroids,
searches, joins the texts and writes parquet. Ours also measures its recall among all sentences,
proves its keys and counts its funnel; its rule on likeness, which FAISS does not have, is off.
Quality is the recall@k over a few images, against an exact search; each side has the least nprobe of
a list that reaches ``--recall`` (ours looks into ``--beam`` groups). What reading, shuffling,
searching and writing cost is told from Spark's own figures.
"""

import argparse
import json
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from made_line import Line, filled_rows
from retrieval import ours as _ours_in_process
from retrieval import prepared, recall
from side_by_side import (
    common_flags,
    finished_stages,
    in_turn,
    start_up_ends,
    summary,
    tell,
    warm_session,
)

from realsyn_lib.embeddings import CENTROID_TYPE, Ids, binary_of, vectors_of
from realsyn_lib.tables import (
    IMAGE_DUPLICATES,
    IMAGE_EMBEDDINGS,
    IMAGES,
    RETRIEVED_TEXTS,
    SENTENCE_CENTROIDS,
    SENTENCE_CLUSTERS,
    SENTENCES,
    Table,
)

_ROWS = 2**15
SMALL = 2000
FILES = (
    IMAGES, IMAGE_EMBEDDINGS, IMAGE_DUPLICATES, SENTENCES, SENTENCE_CENTROIDS, SENTENCE_CLUSTERS,
)  # fmt: skip


def main() -> None:
    """Make the tables, run both sides in turn, print the table and the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    size_flags(parser)
    parser.add_argument("--recall", type=float, default=0.9)
    parser.add_argument("--nprobe", type=int, help="instead of the least that reaches --recall")
    parser.add_argument("--beam", type=int, default=8)
    common_flags(parser)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.work) as work:
        place = prepared(arguments, Path(work))
        exact = np.load(place / "exact.npy")
        nprobe = arguments.nprobe
        if nprobe is None:
            _, (nprobe, _, _) = _ours_in_process(work, 3, arguments.recall, arguments.threads)
        images, sentences = np.arange(arguments.asked), np.arange(arguments.n)
        write_tables(place, place / "all", images, sentences)
        write_tables(place, place / "small", images[:SMALL], sentences)
        sides = {"ours": ours}
        if arguments.peer in (None, "faiss-ivf"):
            sides["faiss-ivf"] = faiss_ivf
        asked = (work, nprobe, arguments.beam, arguments.threads)
        runs = in_turn(sides, arguments.runs, *asked)
    told = {}
    for name, own in runs.items():
        facts, found = own[0].answer
        quality = recall(found, exact)
        print(f"{name}: {json.dumps(facts)}")
        told[name] = summary(name, own, arguments.asked, quality)
    n = {"sentences": arguments.n, "images": arguments.asked, "clusters": arguments.clusters,
         "nprobe": nprobe}  # fmt: skip
    packages = ["pyspark", "delta-spark", "faiss-cpu", "numpy"]
    tell("retrieval_stage", n, told.pop("ours"), list(told.values()), packages)


def size_flags(parser: argparse.ArgumentParser) -> None:
    """Add what ``retrieval.prepared`` asks for where all vectors are made."""
    parser.add_argument("--n", type=int, default=1_000_000, help="sentences in all")
    parser.add_argument("--asked", type=int, default=500_000, help="images in all")
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--clusters", type=int, default=4096)
    parser.set_defaults(base=None, queries=None, k=3)


def ours(work: str, nprobe: int, beam: int, threads: int) -> tuple[float, tuple[Any, Ids]]:
    """Run the stage once on a small table, then on the large one."""
    settings = (
        f"retrieval.nprobe={nprobe}",
        f"retrieval.beam={beam}",
        "retrieval.max_same_cosine=1.0",
    )
    started = time.perf_counter()
    spark, config, _ = warm_session("retrieval_stage", threads, *settings)
    for name in ("small", "all"):
        folder = Path(work) / name
        line = Line(
            spark, config, folder / str(os.getpid()), "retrieve_texts", *FILES, RETRIEVED_TEXTS
        )
        line.publish(tuple(folder / f"{table.name}.parquet" for table in FILES))
        if name == "small":
            line.run()
    start_up_ends()
    start_up_s = time.perf_counter() - started
    line.run()
    kept = ("recall", "products.nprobe_1")
    facts = {name: value for name, value in line.metrics().items() if name in kept}
    return start_up_s, (facts | stage_costs(spark), answers(line.table("image_id", "rank")))


def stage_costs(spark: Any) -> dict[str, float]:
    """Return what Spark says of all its finished stages: bytes read, shuffled and written, seconds."""
    found = dict.fromkeys(("read_mb", "shuffled_mb", "written_mb", "task_s"), 0.0)
    for stage in finished_stages(spark):
        found["read_mb"] += stage.inputBytes() / 2**20
        found["shuffled_mb"] += stage.shuffleWriteBytes() / 2**20
        found["written_mb"] += stage.outputBytes() / 2**20
        found["task_s"] += stage.executorRunTime() / 1000
    return {name: round(value, 1) for name, value in found.items()}


def faiss_ivf(work: str, nprobe: int, _beam: int, threads: int) -> tuple[float, tuple[Any, Ids]]:
    """Load, add, search, join, write."""
    started = time.perf_counter()
    import faiss

    faiss.omp_set_num_threads(threads)
    start_up_ends()
    start_up_s = time.perf_counter() - started
    clock, took = time.perf_counter(), {}

    def lap(name: str) -> None:
        nonlocal clock
        took[name], clock = round(time.perf_counter() - clock, 2), time.perf_counter()

    folder = Path(work) / "all"
    centroids = pq.read_table(folder / "sentence_centroids.parquet", columns=["centroid"])
    cells = vectors_of(centroids["centroid"], dtype=CENTROID_TYPE)
    wanted = ["sentence_id", "embedding"]
    sentences = pq.read_table(folder / "sentence_clusters.parquet", columns=wanted)
    images = pq.read_table(folder / "image_embeddings.parquet", columns=["image_id", "embedding"])
    rows, queries = (vectors_of(table["embedding"]) for table in (sentences, images))
    lap("load")
    quantizer = faiss.IndexFlatIP(rows.shape[1])
    quantizer.add(cells)
    index = faiss.IndexIVFFlat(quantizer, rows.shape[1], len(cells), faiss.METRIC_INNER_PRODUCT)
    index.is_trained, index.nprobe = True, nprobe
    index.add_with_ids(rows, sentences["sentence_id"].to_numpy())
    lap("add")
    cosines, found = index.search(queries, 3)
    lap("search")
    table = pa.table({
        "image_id": pa.array(np.repeat(images["image_id"].to_numpy(), 3)),
        "rank": pa.array(np.tile(np.arange(1, 4), len(found))),
        "sentence_id": pa.array(found.ravel()),
        "cosine": pa.array(cosines.ravel()),
    })  # fmt: skip
    texts = pq.read_table(folder / "sentences.parquet", columns=["sentence_id", "text"])
    pq.write_table(table.join(texts, "sentence_id"), Path(work) / "faiss.parquet")
    lap("write")
    return start_up_s, (took, answers(table))


def answers(table: pa.Table) -> Ids:
    """Return the sentences of the first images, (images, 3), -1 where fewer, by image_id."""
    few = table.filter(pa.compute.less(table["image_id"], 1000))
    found = np.full((1000, 3), -1, dtype=np.int64)
    places = few["image_id"].to_numpy(), few["rank"].to_numpy() - 1
    found[places] = few["sentence_id"].to_numpy()
    return found


def write_tables(place: Path, folder: Path, asked: Ids, ids: Ids) -> None:
    """Write the inputs of the stage as parquet files, for some images and sentences.

    An id is the number of a row. Centroids and duplicates are those of all.
    """
    folder.mkdir()
    rows, own = np.load(place / "rows.npy", mmap_mode="r"), np.load(place / "own.npy")
    queries = np.load(place / "queries.npy", mmap_mode="r")
    cells, starts = np.load(place / "cells.npy"), np.load(place / "starts.npy")
    clusters = np.arange(len(cells))
    _write(IMAGES, folder, asked, image_id=asked)
    _write(IMAGE_EMBEDDINGS, folder, asked, image_id=asked, embedding=Taken(queries, asked))
    _write(IMAGE_DUPLICATES, folder, asked[:0])
    texts = np.array([f"Sentence number {n} says something of its own." for n in ids], dtype=str)
    _write(SENTENCES, folder, ids, sentence_id=ids, text=texts)
    groups = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    sizes = np.bincount(own, minlength=len(cells))
    _write(
        SENTENCE_CENTROIDS, folder, clusters,
        cluster_id=clusters, group_id=groups, centroid=cells, size=sizes,
    )  # fmt: skip
    vectors, cluster = Taken(rows, ids), own[ids]
    _write(
        SENTENCE_CLUSTERS, folder, ids,
        cluster_id=cluster, sentence_id=ids, text_key=ids, embedding=vectors,
    )  # fmt: skip


@dataclass(frozen=True)
class Taken:
    """Some rows of a mapped array, read a slice at a time."""

    rows: Any
    ids: Ids

    def __getitem__(self, part: slice) -> Any:
        return self.rows[self.ids[part]]


def _write(table: Table, folder: Path, ids: Ids, **columns: Any) -> None:
    place = folder / f"{table.name}.parquet"
    with pq.ParquetWriter(place, table.arrow_schema(), compression="none") as file:
        for start in range(0, len(ids), _ROWS):
            part = slice(start, min(start + _ROWS, len(ids)))
            some = {name: _column(name, values[part]) for name, values in columns.items()}
            file.write_table(filled_rows(table, some, part.stop - part.start))


def _column(name: str, values: Any) -> pa.Array:
    if name in ("embedding", "centroid"):
        return binary_of(np.asarray(values), "<f2" if name == "embedding" else CENTROID_TYPE)
    return pa.array(values)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    main()
