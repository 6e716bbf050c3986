"""Representatives of components, and what the guard cuts: ours, against one call a component.

Quality is the share of ids with the exact representative, or, where components are cut, of those
that are as near to theirs as the guard asks.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from components import WorkingFiles
from side_by_side import common_flags, in_turn, summary, tell, warm_session

from realsyn_lib.embeddings import binary_of, dot_rows, unit_rows, vectors_of

Array = npt.NDArray[np.int64]
MAX_DISTANCE = 0.5
_BLOCK = 20_000


def main() -> None:
    """Make members and vectors, run all sides in turn, print the table and the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=1_000_000, help="members of components")
    parser.add_argument("--width", type=int, default=384)
    parser.add_argument(
        "--shape",
        choices=("small", "one", "chain"),
        default="small",
        help="components of 2 and 3; one of all; one of vectors that drift, which is cut",
    )
    common_flags(parser)
    arguments = parser.parse_args()
    peers = {} if arguments.peer == "none" else {"a call a component": grouped}
    distance = MAX_DISTANCE if arguments.shape == "chain" else None
    with tempfile.TemporaryDirectory(dir=arguments.work) as work:
        write_members(Path(work), arguments.n, arguments.width, arguments.shape)
        asked = (work, arguments.threads, distance)
        runs = in_turn({"ours": ours, **peers}, arguments.runs, *asked)
        sides = {
            name: summary(name, own, arguments.n, quality(Path(work), own[0].answer, distance))
            for name, own in runs.items()
        }
        kept = len(np.unique(runs["ours"][0].answer[:, 1]))
    n = {"members": arguments.n, "width": arguments.width, "representatives": kept}
    tell("survivors", n, sides.pop("ours"), list(sides.values()), ["pyspark", "numpy", "pyarrow"])


def ours(work: str, threads: int, distance: float | None) -> tuple[float, Array]:
    """Settle the members with the function of both dedup stages."""
    from jobs.dedup.duplicate_rows import duplicate_rows
    from jobs.dedup.survivors import Survival

    spark, config, start_up_s = warm_session("survivors", threads)
    members, vectors = (spark.read.parquet(f"{work}/{name}") for name in ("members", "vectors"))
    stage, ids = WorkingFiles(spark, config, f"{work}/scratch"), members.count()
    survival = Survival(max_distance=distance)
    rows = duplicate_rows(stage, "semantic", members, vectors, survival, ids)  # type: ignore[arg-type]
    stage.scratch("rows", rows.select("id", "representative_id"))
    return start_up_s, _answer(f"{work}/scratch/rows")


def grouped(work: str, threads: int, _distance: float | None) -> tuple[float, Array]:
    """Choose in one call for each component, which holds all its vectors."""
    from pyspark.cloudpickle import register_pickle_by_value

    register_pickle_by_value(sys.modules[__name__])  # workers do not have this file
    spark, config, start_up_s = warm_session("survivors", threads)
    members, vectors = (spark.read.parquet(f"{work}/{name}") for name in ("members", "vectors"))
    ddl = "component_id bigint, representative_id bigint"
    groups = members.join(vectors, "id").groupBy("component_id")
    rows = members.join(groups.applyInArrow(_nearest_of_one, ddl), "component_id")
    stage = WorkingFiles(spark, config, f"{work}/scratch")
    stage.scratch("rows", rows.select("id", "representative_id"))
    return start_up_s, _answer(f"{work}/scratch/rows")


def _nearest_of_one(members: pa.Table) -> pa.Table:
    rows, ids = vectors_of(members["embedding"]), members["id"].to_numpy()
    best = _nearest(ids, np.zeros(len(ids), np.int64), rows)
    return pa.table({"component_id": members["component_id"][:1], "representative_id": best[:1]})


def _answer(place: str) -> Array:
    found = pq.read_table(place).sort_by("id")
    return np.stack([found["id"].to_numpy(), found["representative_id"].to_numpy()], axis=1)


def quality(work: Path, answer: Array, distance: float | None) -> float:
    """Return the share of ids that the answer serves as it should."""
    table = pq.read_table(work / "members")
    order = np.argsort(table["id"].to_numpy())
    assert np.array_equal(table["id"].to_numpy()[order], answer[:, 0])
    stored = pq.read_table(work / "vectors")["embedding"]
    vectors = np.empty((len(order), len(stored[0].as_py()) // 2), np.float16)
    for start in range(0, len(order), _BLOCK):
        vectors[start : start + _BLOCK] = vectors_of(stored[start : start + _BLOCK])
    vectors = vectors[order]
    if distance is None:
        components = table["component_id"].to_numpy()[order]
        return float((_nearest(answer[:, 0], components, vectors) == answer[:, 1]).mean())
    kept = np.searchsorted(answer[:, 0], answer[:, 1])
    near = _blockwise(vectors, vectors, kept) >= 1.0 - distance
    return float((near | (kept == np.arange(len(kept)))).mean())


def _nearest(ids: Array, components: Array, vectors: npt.NDArray[np.floating]) -> Array:
    """Return each row's representative: the nearest to the centroid, of a pair the smaller id."""
    numbers = np.unique(components, return_inverse=True)[1]
    sizes = np.bincount(numbers)
    totals = np.zeros((len(sizes), vectors.shape[1]))
    for start in range(0, len(ids), _BLOCK):
        part = slice(start, start + _BLOCK)
        np.add.at(totals, numbers[part], vectors[part].astype(np.float64))
    cosines = np.round(_blockwise(vectors, unit_rows(totals), numbers), 6)
    cosines[sizes[numbers] == 2] = 0.0
    order = np.lexsort((ids, -cosines, numbers))
    return ids[order[np.r_[0, np.cumsum(sizes)[:-1]]]][numbers]


def _blockwise(
    left: npt.NDArray[np.floating], right: npt.NDArray[np.floating], rows: Array
) -> npt.NDArray[np.float64]:
    blocks = range(0, len(left), _BLOCK)
    parts = [dot_rows(left[s : s + _BLOCK], right[rows[s : s + _BLOCK]]) for s in blocks]
    return np.concatenate(parts)


def write_members(folder: Path, count: int, width: int, shape: str) -> None:
    """Write members (id, component_id) and vectors (id, embedding), in an order of their own."""
    generator = np.random.default_rng(1)
    ids = generator.permutation(count).astype(np.int64) * 1_000_003 - 2**40
    sizes = generator.integers(2, 4, count) if shape == "small" else np.array([count])
    component = np.repeat(np.arange(len(sizes)), sizes)[:count]
    smallest = np.full(component[-1] + 1, 2**62)
    np.minimum.at(smallest, component, ids)
    members = pa.table({"id": ids, "component_id": smallest[component]})
    pq.write_table(members, _folder(folder / "members") / "part.parquet", row_group_size=_BLOCK)
    schema = pa.schema([("id", pa.int64()), ("embedding", pa.binary())])
    last, centre = generator.normal(size=width), generator.normal(size=width)
    with pq.ParquetWriter(_folder(folder / "vectors") / "part.parquet", schema) as writer:
        for start in range(0, count, _BLOCK):
            noise = generator.normal(size=(min(_BLOCK, count - start), width))
            if shape == "chain":
                rows = _drifting(last, noise)
                last = rows[-1]
            elif shape == "one":
                rows = centre + 0.2 * noise
            else:
                rows = smooth(component[start : start + len(noise)], width) + 0.2 * noise
            part = [ids[start : start + len(noise)], binary_of(unit_rows(rows))]
            writer.write_batch(pa.record_batch(part, schema=schema))


def smooth(numbers: Array, width: int) -> npt.NDArray[np.float64]:
    """Return a direction for each number, equal for equal ones."""
    return np.asarray(np.sin(numbers[:, None] * (1.0 + np.arange(width)) * 0.7531))


def _drifting(last: npt.NDArray[np.float64], noise: npt.NDArray[np.float64]):  # type: ignore[no-untyped-def]
    """Walk on from ``last``: neighbours have a cosine of 0.98, rows 50 apart of 0.36."""
    from scipy.signal import lfilter

    return lfilter([np.sqrt(1 - 0.98**2)], [1.0, -0.98], noise, axis=0, zi=0.98 * last[None])[0]


def _folder(place: Path) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    return place


if __name__ == "__main__":
    main()
