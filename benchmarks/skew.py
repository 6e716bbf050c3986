"""Dedup stages on skewed tables: one picture or sentence a million times, a third of all rows in one place.

Each case runs the stage itself on Delta tables and says whether the answer is right, the memory of the
largest Python worker and of the JVM, and the longest task beside the median one of its Spark stage
(of stages whose longest task takes more than ``_FLOOR_S``, below which start-up decides).
"""

import argparse
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from added_rows import STAGES, write_rows
from made_line import Line
from semantic_dedup import made_vectors
from side_by_side import common_flags, finished_stages, in_turn, summary, tell, warm_session

Floats = npt.NDArray[np.float32]
_FLOOR_S = 2.0


def main() -> None:
    """Run the cases, print a line for each and the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", choices=tuple(CASES), help="only this one")
    parser.add_argument("--n", type=int, default=1_000_000)
    parser.add_argument("--width", type=int, default=64)
    common_flags(parser)
    arguments = parser.parse_args()
    sides = []
    for case in [arguments.case] if arguments.case else CASES:
        with tempfile.TemporaryDirectory(dir=arguments.work) as work:
            asked = (case, arguments.n, arguments.width, arguments.threads, work)
            runs = in_turn({case: ours}, arguments.runs, *asked)[case]
        is_right, tasks = runs[0].answer
        sides.append(summary(case, runs, arguments.n, float(is_right)))
        print(case, "right" if is_right else "WRONG", *tasks, sep="\n  ", flush=True)
    tell("skew", arguments.n, sides[0], sides[1:], ["pyspark", "delta-spark", "numpy"])


def ours(case: str, rows: int, width: int, threads: int, work: str) -> tuple[float, Any]:
    """Run one case; return start-up and (is right, tasks longer than three times the median)."""
    spark, config, start_up_s = warm_session("skew", threads)
    kind, made, is_right = CASES[case]
    columns, vectors = made(rows, width)
    files = write_rows(kind, columns, vectors, Path(work))
    line = Line(spark, config, Path(work), *STAGES[kind])
    line.publish(files)
    line.run()
    return start_up_s, (is_right(line.table("kind", "id"), columns), list(_long_tasks(spark)))


def _long_tasks(spark: Any) -> Iterator[str]:
    """Say which Spark stages had a task of over three times the median, from Spark's own records."""
    store = spark.sparkContext._jsc.sc().statusStore()
    quantiles = spark.sparkContext._gateway.new_array(spark._jvm.double, 2)
    quantiles[0], quantiles[1] = 0.5, 1.0
    for stage in finished_stages(spark):
        found = store.taskSummary(stage.stageId(), stage.attemptId(), quantiles)
        if found.isEmpty():
            continue
        median, longest = (found.get().duration().apply(at) / 1000 for at in (0, 1))
        if longest > _FLOOR_S and longest > 3 * median:
            yield f"{stage.numTasks()} tasks, {median:.1f} s median, {longest:.1f} s longest: {stage.name()}"


def one_picture(rows: int, width: int) -> tuple[dict[str, pa.Array], Floats]:
    """All rows have the same bytes."""
    vectors = np.repeat(made_vectors(4, width)[:1], rows, axis=0)
    same = {"content_id": 5, "phash": 0x0F0F_3C3C_5A5A_0FF0, "luma_std": 50.0}
    return {"image_id": _ids(rows)} | {
        name: pa.repeat(value, rows) for name, value in same.items()
    }, vectors


def one_sentence(rows: int, width: int) -> tuple[dict[str, pa.Array], Floats]:
    """All rows are one sentence, each with other punctuation."""
    vectors = np.repeat(made_vectors(4, width)[:1], rows, axis=0)
    marks = ["".join(".,;:!?-*"[int(digit)] for digit in f"{n:o}") for n in range(rows)]
    texts = pa.array([f"The boat sails along the coast {mark}" for mark in marks])
    return {"sentence_id": _ids(rows), "text": texts}, vectors


def one_place(rows: int, width: int) -> tuple[dict[str, pa.Array], Floats]:
    """Three rows in ten have vectors around one place, all near one another; texts share no word."""
    vectors = made_vectors(rows, width)
    crowd = 3 * rows // 10
    generator = np.random.default_rng(5)
    aside = generator.normal(size=(crowd, width)).astype(np.float32) * (0.15 / np.sqrt(width))
    vectors[:crowd] = vectors[0] + aside
    texts = pa.array([f"first{n} then{n} last{n}" for n in range(rows)])
    return {"sentence_id": _ids(rows), "text": texts}, vectors


def _ids(rows: int) -> pa.Array:
    return pa.array(np.random.default_rng(2).permutation(2 * rows)[:rows])


def _is_one_component(found: pa.Table, columns: dict[str, pa.Array]) -> bool:
    """Every row is a member of the component of the smallest id, which all stand for or by."""
    ids = next(iter(columns.values())).to_numpy()
    mine = found.filter(pa.compute.equal(found["kind"], "perceptual"))
    is_whole = np.array_equal(np.sort(mine["id"].to_numpy()), np.sort(ids))
    one = mine["component_id"].unique().to_pylist() == [int(ids.min())]
    return bool(is_whole and one and len(mine["representative_id"].unique()) == 1)


def _is_crowd_joined(found: pa.Table, columns: dict[str, pa.Array]) -> bool:
    """The rows of the crowd have one representative."""
    ids = columns["sentence_id"].to_numpy()
    crowd = pa.array(ids[: 3 * len(ids) // 10])
    mine = found.filter(pa.compute.is_in(found["id"], value_set=crowd))
    return mine.num_rows == len(crowd) and len(mine["representative_id"].unique()) == 1


Case = tuple[str, Callable[[int, int], tuple[dict[str, pa.Array], Floats]], Callable[..., bool]]
CASES: dict[str, Case] = {
    "one picture": ("images", one_picture, _is_one_component),
    "one sentence": ("sentences", one_sentence, _is_one_component),
    "a third in one place": ("sentences", one_place, _is_crowd_joined),
}


if __name__ == "__main__":
    main()
