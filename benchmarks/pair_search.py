"""All pairs of 64-bit hashes within a Hamming distance: ours through Spark, against FAISS.

imagededup compares each hash with all others, one Python call a pair or more: at a million it would take
days, so it runs where it is asked for (``--n 20000 --peer imagededup``).

Quality is the share of the true pairs (those of the exhaustive search, or, without it, the
planted ones) whose two hashes the answer joins, directly or through others.
"""

import argparse
import os
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from side_by_side import (
    common_flags,
    in_turn,
    peer_array,
    peer_python,
    summary,
    tell,
    warm_session,
)

from realsyn_lib.dedup.components import component_labels

Array = npt.NDArray[np.int64]


def main() -> None:
    """Make or read the hashes, run all sides in turn, print the table and the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hashes", type=Path, help="FILE.npy of uint64")
    parser.add_argument("--n", type=int, default=1_000_000, help="hashes that are made without it")
    parser.add_argument("--distance", type=int, default=6)
    common_flags(parser)
    arguments = parser.parse_args()
    peers = {"faiss-flat": faiss_flat, "faiss-multi-hash": faiss_multi_hash}
    if arguments.peer:
        peers = {name: work for name, work in peers.items() if name == arguments.peer}
    if arguments.peer == "imagededup":
        home = arguments.work or Path(tempfile.gettempdir())
        python = peer_python(home / "imagededup-0.3.3", "imagededup==0.3.3", "pyarrow")
        peers = {"imagededup": partial(imagededup, str(python))}
    with tempfile.TemporaryDirectory(dir=arguments.work) as work:
        place = placed(arguments, Path(work))
        asked = (str(place), arguments.distance, arguments.threads)
        runs = in_turn({"ours": ours, **peers}, arguments.runs, *asked)
        count = pq.ParquetFile(place).metadata.num_rows
        truth = _truth(runs, place, arguments.distance)
    sides = {
        name: summary(name, own, count, _joined(own[0].answer, truth, count))
        for name, own in runs.items()
    }
    n = {"hashes": count, "distance": arguments.distance, "pairs": len(truth)}
    packages = ["pyspark", "faiss-cpu", "numpy"]
    tell("pair_search", n, sides.pop("ours"), list(sides.values()), packages)


def ours(place: str, distance: int, threads: int) -> tuple[float, Array]:
    """Find a forest over the near pairs with the functions of dedup_images."""
    from jobs.dedup.near_hashes import hash_search, near_hashes, write_hashes

    spark, config, start_up_s = warm_session("pair_search", threads)
    images = spark.read.parquet(place)
    folder = str(Path(place).with_suffix(".files"))
    search = hash_search(write_hashes(images, folder), distance, config.batch.hash_bytes)
    edges = near_hashes(spark, search, config.spark.shuffle_partitions)
    found = edges.toArrow()
    answer = np.stack([found["src"].to_numpy(), found["dst"].to_numpy()], axis=1)
    return start_up_s, answer


def faiss_flat(place: str, distance: int, threads: int) -> tuple[float, Array]:
    """Compare every hash with every other."""
    import faiss

    faiss.omp_set_num_threads(threads)
    codes = _codes(place)
    index = faiss.IndexBinaryFlat(64)
    index.add(codes)
    return 0.0, _ranged(index, codes, distance)


def faiss_multi_hash(place: str, distance: int, threads: int) -> tuple[float, Array]:
    """Look up each hash and its neighbours in tables of bits: exact where every pair meets.

    With t tables of 64 / t bits, two hashes within d differ by at most d // t in one of them.
    """
    import faiss

    faiss.omp_set_num_threads(threads)
    codes = _codes(place)
    tables = 4 if distance < 8 else 3
    index = faiss.IndexBinaryMultiHash(64, tables, 64 // tables)
    index.nflip = distance // tables
    index.add(codes)
    return 0.0, _ranged(index, codes, distance)


def imagededup(python: str, place: str, distance: int, threads: int) -> tuple[float, Array]:
    """Compare every hash with every other, in an environment of its own."""
    return peer_array(python, "imagededup_pairs.py", place, distance, threads)


def _ranged(index: object, codes: npt.NDArray[np.uint8], distance: int) -> Array:
    """Return (row, row) of all pairs; faiss wants a radius above the distance."""
    found = []
    for start in range(0, len(codes), 2**16):
        bounds, _, rows = index.range_search(codes[start : start + 2**16], distance + 1)  # type: ignore[attr-defined]
        own = start + np.repeat(np.arange(len(bounds) - 1), np.diff(bounds.astype(np.int64)))
        found.append(np.stack([own, rows], axis=1)[own < rows])
    return np.concatenate(found)


def _codes(place: str) -> npt.NDArray[np.uint8]:
    hashes = pq.read_table(place)["phash"].to_numpy()
    return np.ascontiguousarray(hashes).view(np.uint8).reshape(-1, 8)


def placed(arguments: argparse.Namespace, work: Path) -> Path:
    """Write the distinct hashes as (image_id, phash); an id is the row number."""
    hashes = np.load(arguments.hashes) if arguments.hashes else made_hashes(arguments.n)
    place = work / "hashes.parquet"
    distinct = np.unique(hashes).view(np.int64)
    np.random.default_rng(2).shuffle(distinct)
    pq.write_table(pa.table({"image_id": np.arange(len(distinct)), "phash": distinct}), place)
    return place


def made_hashes(count: int) -> npt.NDArray[np.uint64]:
    """Return random hashes, one in ten with a copy 1 to 12 bits away."""
    generator = np.random.default_rng(1)
    copies = count // 11
    own = generator.integers(0, 2**64, count - copies, np.uint64, endpoint=False)
    order = generator.random((copies, 64)).argsort(axis=1)
    flipped = order < generator.integers(1, 13, (copies, 1))
    noise = np.packbits(flipped, axis=1).view(">u8")[:, 0].astype(np.uint64)
    return np.concatenate([own, own[:copies] ^ noise])


def _truth(runs: dict[str, list], place: Path, distance: int) -> Array:
    """Return the pairs of the exhaustive search where it ran, else the planted ones."""
    if "faiss-flat" in runs:
        exact: Array = runs["faiss-flat"][0].answer
        return exact
    hashes = pq.read_table(place)["phash"].to_numpy().view(np.uint64)
    made = made_hashes(len(hashes))
    copies = len(made) // 11
    left, right = made[:copies], made[-copies:]
    near = np.bitwise_count(left ^ right) <= distance
    order = np.argsort(hashes)
    rows = [order[np.searchsorted(hashes[order], side[near])] for side in (left, right)]
    return np.stack(rows, axis=1)


def _joined(answer: Array, truth: Array, count: int) -> float:
    """Return the share of the true pairs that the answer's edges join."""
    labels = component_labels(count, answer[:, 0], answer[:, 1])
    return float((labels[truth[:, 0]] == labels[truth[:, 1]]).mean()) if len(truth) else 1.0


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    main()
