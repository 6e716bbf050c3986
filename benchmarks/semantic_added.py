"""Near pairs of vectors when rows are added: core-seconds of what is new against all anew.

Beside the rows asked for, the same is done with a few rows, whose core-seconds count as fixed. A run
of both more than --runs comes first and does not count: the JVM compiles while it goes on.
"""

import argparse
import json
import os
import statistics
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from bare_stage import BareStage, found_edges
from semantic_dedup import ROWS_PER_CELL, Array, made_vectors
from side_by_side import common_flags, core_seconds, warm_session

from realsyn_lib.dedup.components import component_labels
from realsyn_lib.embeddings import binary_of, unit_rows

_FEW = 3000  # more than a task compares without cells


def main() -> None:
    """Few rows and all in turn: a first run, one with rows added, one over everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=Path, help="FILE.npy of float32 rows")
    parser.add_argument("--n", type=int, default=200_000, help="rows that are made without --base")
    parser.add_argument("--width", type=int, default=384)
    parser.add_argument("--added", type=float, default=0.01, help="rows added, as a share of these")
    common_flags(parser)
    arguments = parser.parse_args()
    setting = f"dedup_sentences.rows_per_cluster={ROWS_PER_CELL}"
    spark, config, _ = warm_session("semantic_added", arguments.threads, setting)
    if arguments.base:
        rows = np.load(arguments.base, mmap_mode="r")
    else:
        made = made_vectors(round(arguments.n * (1 + arguments.added)), arguments.width)
        rows = made[np.random.default_rng(5).permutation(len(made))]
    found: dict[str, list[dict[str, float]]] = {"few": [], "all": []}
    with tempfile.TemporaryDirectory(dir=arguments.work) as work:
        for run in range(arguments.runs + 1):
            for name, some in (("few", rows[:_FEW]), ("all", rows)):
                first = round(len(some) / (1 + arguments.added))
                place = Path(work) / f"{name}-{run}"
                found[name].append(_three_runs(spark, config, place, some, first))
    few, every = (_medians(found[name][1:]) for name in ("few", "all"))
    net = {kind: every[kind] - few[kind] for kind in ("first", "added", "anew")}
    facts = {
        "name": "semantic_added", "n": len(rows), "added": every["rows_added"],
        "core_s": every, "core_s_fixed": few, "core_s_net": net,
        "share_of_anew": net["added"] / net["anew"], "memory_bytes_a_row": every["memory"],
        "components_equal": every["equal"] == 1,
    }  # fmt: skip
    print(json.dumps(facts))


def _three_runs(spark, config, folder: Path, rows: Array, first: int):  # type: ignore[no-untyped-def]
    """Return core-seconds of a first run over some rows, of one over all by what is new, and anew."""
    _write(folder / "rows" / "old.parquet", rows[:first], 0)
    given = spark.read.parquet(str(folder / "rows"))
    stage = BareStage(spark, config, folder)
    first_s, _ = _timed(stage, given)
    _write(folder / "rows" / "new.parquet", rows[first:], first)
    given = spark.read.parquet(str(folder / "rows"))
    later = BareStage(spark, config, folder, stage.metrics)
    added_s, found = _timed(later, given)
    kept = Path(later.files("memory", later.spec.name, later.attempt_digest()))
    held = sum(file.stat().st_size for file in kept.rglob("*.parquet"))
    forced = BareStage(spark, config, folder, later.metrics, only_run="forced")
    anew_s, wanted = _timed(forced, given)
    labels = [component_labels(len(rows), *edges.T) for edges in (found, wanted)]
    return {
        "first": first_s, "added": added_s, "anew": anew_s, "rows_added": len(rows) - first,
        "memory": held / len(rows), "equal": float(np.array_equal(*labels)),
    }  # fmt: skip


def _medians(runs: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def _timed(stage: BareStage, rows):  # type: ignore[no-untyped-def]
    started = core_seconds(os.getpid())
    found = found_edges(stage, rows)
    took = core_seconds(os.getpid()) - started
    print(f"{took:.1f} core-s", flush=True)
    return took, found


def _write(place: Path, rows: Array, first_id: int) -> None:
    """Write vectors as (id, embedding) float16 of unit norm; an id is the row number."""
    place.parent.mkdir(parents=True, exist_ok=True)
    ids = pa.array(np.arange(first_id, first_id + len(rows)))
    table = pa.table({"id": ids, "embedding": binary_of(unit_rows(rows))})
    pq.write_table(table, place, row_group_size=2**15, compression="none")


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    main()
