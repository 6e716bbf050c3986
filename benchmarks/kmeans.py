"""Many centroids of many vectors: ours through Spark, against faiss.Kmeans.

Ours is what the stages call: a first level, each group in a task of its own, rounds over all
groups. Quality is the mean cosine of the rows to their nearest centroid, found exactly for both;
``inertia`` beside it is the sum of squared distances, as a multiple of the peer's.
"""

import argparse
import os
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from bare_stage import BareStage
from searched_vectors import loaded, made_file
from side_by_side import (
    common_flags,
    in_turn,
    peer_array,
    peer_python,
    start_up_ends,
    summary,
    tell,
    warm_session,
)

from realsyn_lib.embeddings import CENTROID_TYPE, Vectors, binary_of, vectors_of

_CHECKED = 50_000  # rows over which inertia is told
_ROWS = 2**15


def main() -> None:
    """Make or read the vectors, run both sides in turn, print the table and the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=Path, help="FILE.npy of float32 rows")
    parser.add_argument("--n", type=int, default=1_000_000, help="rows made without --base")
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--k", type=int, default=10_000)
    parser.add_argument("--refinements", type=int, default=3)
    parser.add_argument("--heap", default="4g", help="of the JVM, which grows to it")
    parser.add_argument(
        "--venvs", type=Path, help="folder of the peers' environments, to keep them"
    )
    common_flags(parser)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.work) as work:
        base = arguments.base or made_file(Path(work) / "base.npy", arguments.n, arguments.width, 1)
        placed(base, Path(work) / "vectors.parquet")
        sides = {"ours": partial(ours, heap=arguments.heap)}
        if arguments.peer in (None, "faiss-kmeans"):
            sides["faiss-kmeans"] = faiss_kmeans
        if arguments.peer in (None, "minibatch"):
            venvs = arguments.venvs or Path(work) / "venvs"
            sides["minibatch"] = partial(
                minibatch, str(peer_python(venvs / "sk", "scikit-learn==1.7.2"))
            )
        asked = (work, str(base), arguments.k, arguments.refinements, arguments.threads)
        runs = in_turn(sides, arguments.runs, *asked)
        rows = loaded(str(base))
    few = rows[np.random.default_rng(5).permutation(len(rows))[:_CHECKED]]
    cosines = {name: mean_cosine(few, own[0].answer) for name, own in runs.items()}
    best = cosines.get("faiss-kmeans", cosines["ours"])
    for name, own in runs.items():
        inertia = (1 - cosines[name]) / (1 - best)
        print(f"{name}: {len(own[0].answer)} centroids, inertia {inertia:.4f} of the peer's")
    told = {name: summary(name, own, len(rows), cosines[name]) for name, own in runs.items()}
    sizes = {"rows": len(rows), "k": arguments.k, "width": rows.shape[1]}
    tell("kmeans", sizes, told.pop("ours"), list(told.values()), ["pyspark", "faiss-cpu", "numpy"])


def ours(
    work: str, _base: str, k: int, refinements: int, threads: int, heap: str = "4g"
) -> tuple[float, npt.NDArray[np.float32]]:
    """Fit with the function and the settings of cluster_sentences."""
    from jobs.centroids import fit_levels
    from jobs.fit_sample import FitSettings

    spark, config, start_up_s = warm_session("kmeans", threads, f"spark.driver_memory={heap}")
    settings = config.clusters
    stage = BareStage(spark, config, Path(work) / "files")
    sample = spark.read.parquet(f"{work}/vectors.parquet")
    fit = FitSettings(
        settings.sample_per_centroid, settings.iterations, refinements, settings.beam, settings.seed
    )
    rows = fit_levels(stage, sample, sample.count(), k, fit).toArrow()  # type: ignore[arg-type]
    return start_up_s, vectors_of(rows["centroid"].combine_chunks(), dtype=CENTROID_TYPE)


def faiss_kmeans(
    _work: str, base: str, k: int, _refinements: int, threads: int
) -> tuple[float, npt.NDArray[np.float32]]:
    """20 rounds over at most 256 rows for each centroid, on the sphere."""
    import faiss

    started = time.perf_counter()
    faiss.omp_set_num_threads(threads)
    rows = loaded(base)
    start_up_ends()
    start_up_s = time.perf_counter() - started
    kmeans = faiss.Kmeans(
        rows.shape[1], k, niter=20, spherical=True, seed=1, max_points_per_centroid=256
    )
    kmeans.train(rows)
    return start_up_s, kmeans.centroids


def minibatch(
    python: str, _work: str, base: str, k: int, _refinements: int, threads: int
) -> tuple[float, npt.NDArray[np.float32]]:
    """Ask scikit-learn in its own environment: the usual way to more rows than k-means can take."""
    return peer_array(python, "minibatch_kmeans.py", base, k, threads)


def mean_cosine(rows: Vectors, centroids: Vectors) -> float:
    """Return the mean cosine of rows to the nearest of all centroids."""
    import faiss

    index = faiss.IndexFlatIP(rows.shape[1])
    index.add(np.ascontiguousarray(centroids))
    return float(index.search(rows, 1)[0].mean(dtype=np.float64))


def placed(base: Path, place: Path) -> None:
    """Write rows as (id, embedding) float16; an id is the row number."""
    rows = np.load(base, mmap_mode="r")
    schema = pa.schema([("id", pa.int64()), ("embedding", pa.binary())])
    with pq.ParquetWriter(place, schema, compression="none") as file:
        for start in range(0, len(rows), _ROWS):
            part = np.asarray(rows[start : start + _ROWS])
            ids = pa.array(np.arange(start, start + len(part)))
            file.write_table(pa.table([ids, binary_of(part)], schema=schema))


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    main()
