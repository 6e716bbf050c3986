"""Near pairs of vectors by cosine distance: ours through Spark, against exact search, SemDeDup, semhash.

Quality is the share of the true near pairs (those of the exact search, or, without it, the planted
ones) whose two rows the answer joins, directly or through others. ``false`` beside it is the share
of the joined rows that no chain of true pairs joins so.
"""

import argparse
import os
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from bare_stage import BareStage, found_edges
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
from realsyn_lib.embeddings import binary_of, unit_rows, vectors_of

Array = npt.NDArray[np.int64]
ROWS_PER_CELL = 1000  # SemDeDup's cells too


def main() -> None:
    """Make or read the vectors, run all sides in turn, print the table and the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=Path, help="FILE.npy of float32 rows")
    parser.add_argument("--eps", type=float, default=0.1, help="largest cosine distance of a pair")
    parser.add_argument("--n", type=int, default=250_000, help="rows that are made without --base")
    parser.add_argument("--width", type=int, default=384)
    common_flags(parser)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.work) as work:
        peers = peers_of(arguments.peer, arguments.work or Path(work))
        place = placed(arguments, Path(work))
        asked = (str(place), arguments.eps, arguments.threads)
        runs = in_turn({"ours": ours, **peers}, arguments.runs, *asked)
        count = pq.ParquetFile(place).metadata.num_rows
        exact = "faiss-flat" in runs
        truth = runs["faiss-flat"][0].answer if exact else planted(count, arguments)
    sides = {
        name: summary(name, own, count, joined(own[0].answer, truth, count))
        for name, own in runs.items()
    }
    wrong = {name: false_share(own[0].answer, truth, count) for name, own in runs.items()}
    n = {
        "rows": count,
        "eps": arguments.eps,
        "pairs": len(truth),
        "false": wrong if exact else None,
    }
    packages = ["pyspark", "faiss-cpu", "numpy"]
    tell("semantic_dedup", n, sides.pop("ours"), list(sides.values()), packages)


def peers_of(name: str | None, folder: Path) -> dict[str, Any]:
    """Return the peers asked for; semhash's environment is made in a folder, once."""
    peers: dict[str, Any] = {"faiss-flat": faiss_flat, "semdedup-cpu": semdedup}
    if name in (None, "semhash"):
        python = peer_python(folder / "semhash", "semhash==0.5.0", "pyarrow")
        peers["semhash"] = partial(semhash, str(python))
    return {peer: work for peer, work in peers.items() if name in (None, peer)}


def ours(place: str, eps: float, threads: int) -> tuple[float, Array]:
    """Find a forest over the near pairs with the function of the dedup stages."""
    settings = (f"dedup_sentences.rows_per_cluster={ROWS_PER_CELL}",
                f"dedup_sentences.max_cosine_distance={eps}")  # fmt: skip
    spark, config, start_up_s = warm_session("semantic_dedup", threads, *settings)
    stage = BareStage(spark, config, Path(place).with_suffix(".files"))
    return start_up_s, found_edges(stage, spark.read.parquet(place))


def semhash(python: str, place: str, eps: float, _threads: int) -> tuple[float, Array]:
    """Ask semhash, whose index is usearch's graph, in its own environment; it takes all cores."""
    return peer_array(python, "semhash_pairs.py", place, eps)


def faiss_flat(place: str, eps: float, threads: int) -> tuple[float, Array]:
    """Compare every row with every other, exactly."""
    import faiss

    faiss.omp_set_num_threads(threads)
    rows = _vectors(place)
    index = faiss.IndexFlatIP(rows.shape[1])
    index.add(rows)
    return 0.0, _ranged(index, rows, eps)


def semdedup(place: str, eps: float, threads: int) -> tuple[float, Array]:
    """Do what SemDeDup does: k-means, each row in one cell, all pairs of a cell."""
    import faiss

    faiss.omp_set_num_threads(threads)
    rows = _vectors(place)
    k = max(1, len(rows) // ROWS_PER_CELL)
    kmeans = faiss.Kmeans(rows.shape[1], k, niter=10, spherical=True, seed=1)
    kmeans.train(rows)
    cells = kmeans.index.search(rows, 1)[1][:, 0]
    order = np.argsort(cells, kind="stable")
    found = []
    for own in np.split(order, np.flatnonzero(np.diff(cells[order])) + 1):
        left, right = np.nonzero(np.triu(rows[own] @ rows[own].T >= 1 - eps, 1))
        found.append(np.stack([own[left], own[right]], axis=1))
    return 0.0, np.concatenate(found)


def _ranged(index: object, rows: npt.NDArray[np.float32], eps: float) -> Array:
    """Return (row, row) of all pairs."""
    found = []
    for start in range(0, len(rows), 2**14):
        bounds, _, near = index.range_search(rows[start : start + 2**14], 1 - eps)  # type: ignore[attr-defined]
        own = start + np.repeat(np.arange(len(bounds) - 1), np.diff(bounds.astype(np.int64)))
        found.append(np.stack([own, near], axis=1)[own < near])
    return np.concatenate(found)


def _vectors(place: str) -> npt.NDArray[np.float32]:
    return vectors_of(pq.read_table(place)["embedding"])


def placed(arguments: argparse.Namespace, work: Path) -> Path:
    """Write the vectors as (id, embedding) float16 of unit norm; an id is the row number."""
    place, base = work / "vectors.parquet", arguments.base
    rows = np.load(base, mmap_mode="r") if base else made_vectors(arguments.n, arguments.width)
    schema = pa.schema([("id", pa.int64()), ("embedding", pa.binary())])
    with pq.ParquetWriter(place, schema, compression="none") as file:
        for start in range(0, len(rows), 2**15):
            part = unit_rows(rows[start : start + 2**15])
            ids = pa.array(np.arange(start, start + len(part)))
            file.write_table(pa.table([ids, binary_of(part)], schema=schema))
    return place


def made_vectors(count: int, width: int, eps: float = 0.1) -> npt.NDArray[np.float32]:
    """Return rows around 24 of the width's directions, one in four near another one.

    The last quarter are partners of the first rows, at distances spread evenly up to ``eps``.
    """
    generator = np.random.default_rng(1)
    kept = count - count // 4
    directions = generator.normal(size=(24, width)).astype(np.float32)
    rows = unit_rows(generator.normal(size=(kept, 24)).astype(np.float32) @ directions)
    near = rows[: count - kept]
    aside = generator.normal(size=(len(near), 24)).astype(np.float32) @ directions
    aside = unit_rows(aside - np.einsum("ij,ij->i", aside, near)[:, None] * near)
    cosines = 1 - _planted_distances(count, eps)[:, None].astype(np.float32)
    partners = cosines * near + np.sqrt(1 - cosines**2) * aside
    return np.concatenate([rows, partners])


def _planted_distances(count: int, eps: float) -> npt.NDArray[np.float64]:
    return np.random.default_rng(2).uniform(0, eps, count // 4)


def planted(count: int, arguments: argparse.Namespace) -> Array:
    """Return the pairs that ``made_vectors`` planted."""
    if arguments.base:
        raise SystemExit(
            "--base has no planted pairs: let faiss-flat run, which finds the true ones"
        )
    near = np.flatnonzero(_planted_distances(count, 0.1) <= arguments.eps - 1e-3)
    return np.stack([near, count - count // 4 + near], axis=1)


def joined(answer: Array, truth: Array, count: int) -> float:
    """Return the share of the true pairs that the answer's edges join."""
    labels = _labels(answer, count)
    return float((labels[truth[:, 0]] == labels[truth[:, 1]]).mean()) if len(truth) else 1.0


def false_share(answer: Array, truth: Array, count: int) -> float:
    """Return the share of the answer's edges whose ends no chain of true pairs joins."""
    labels = _labels(truth, count)
    return float((labels[answer[:, 0]] != labels[answer[:, 1]]).mean()) if len(answer) else 0.0


def _labels(pairs: Array, count: int) -> Array:
    return component_labels(count, pairs[:, 0], pairs[:, 1])


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    main()
