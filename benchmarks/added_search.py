"""A search of dedup when rows are added: core-seconds of what is new against all anew.

- vectors: near pairs in cells, beside what the last run kept of every row;
- sentences: near pairs of words, from stored band keys;
- hashes: near hashes of pictures, from stored hashes.

Beside the rows asked for, the same is done with a few rows, whose core-seconds count as fixed. A run
of both more than --runs comes first and does not count: the JVM compiles while it goes on. What
settles components and writes tables is in ``added_rows.py``, which runs whole stages.
"""

import argparse
import json
import os
import statistics
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from added_rows import made_hashes
from bare_stage import BareStage, found_edges
from pyspark.sql import DataFrame
from semantic_dedup import ROWS_PER_CELL, made_vectors
from sentence_near_dedup import made_sentences
from side_by_side import common_flags, core_seconds, warm_session

from jobs.dedup.kept_hashes import near_images_kept
from jobs.dedup.kept_texts import near_texts_kept
from jobs.dedup.near_texts import TextSearch
from jobs.dedup_sentences import rules_of
from jobs.memory import Memory
from realsyn_lib.dedup.components import component_labels
from realsyn_lib.embeddings import binary_of, unit_rows
from realsyn_lib.stages import stage_named

_FEW = 3000  # more than a task compares without cells
Pairs = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Kind:
    """A search: its stage, how its rows are made (the first column is an id), what finds the pairs."""

    stage: str
    made: Callable[[int, argparse.Namespace], pa.Table]
    find: Callable[[Any, DataFrame, DataFrame | None], Pairs]


def main() -> None:
    """Few rows and all in turn: a first run, one with rows added, one over everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", choices=tuple(KINDS), default="vectors")
    parser.add_argument("--base", type=Path, help="of vectors: FILE.npy of float32 rows")
    parser.add_argument("--n", type=int, default=200_000, help="rows that are made without --base")
    parser.add_argument("--width", type=int, default=384)
    parser.add_argument("--added", type=float, default=0.01, help="rows added, as a share of these")
    common_flags(parser)
    arguments = parser.parse_args()
    setting = f"dedup_sentences.rows_per_cluster={ROWS_PER_CELL}"
    spark, config, _ = warm_session("added_search", arguments.threads, setting)
    kind = KINDS[arguments.kind]
    rows = kind.made(round(arguments.n * (1 + arguments.added)), arguments)
    found: dict[str, list[dict[str, float]]] = {"few": [], "all": []}
    with tempfile.TemporaryDirectory(dir=arguments.work) as work:
        for run in range(arguments.runs + 1):
            for name, some in (("few", rows.slice(0, _FEW)), ("all", rows)):
                first = round(len(some) / (1 + arguments.added))
                place = Path(work) / f"{name}-{run}"
                found[name].append(three_runs(spark, config, kind, place, some, first))
    few, every = (_medians(found[name][1:]) for name in ("few", "all"))
    net = {run: every[run] - few[run] for run in ("first", "added", "anew")}
    facts = {
        "name": "added_search", "kind": arguments.kind, "n": len(rows), "added": every["rows_added"],
        "core_s": every, "core_s_fixed": few, "core_s_net": net,
        "share_of_anew": net["added"] / net["anew"], "memory_bytes_a_row": every["memory"],
        "components_equal": every["equal"] == 1,
    }  # fmt: skip
    print(json.dumps(facts))


def three_runs(
    spark: Any, config: Any, kind: Kind, folder: Path, rows: pa.Table, first: int
) -> dict[str, float]:
    """Return core-seconds of a first run over some rows, of one over all by what is new, and anew."""
    _write(folder / "rows" / "old.parquet", rows.slice(0, first))
    given = spark.read.parquet(str(folder / "rows"))
    stage = BareStage(spark, config, folder, spec=stage_named(kind.stage))
    first_s, _ = _timed(kind, stage, given, None)
    _write(folder / "rows" / "new.parquet", rows.slice(first))
    given = spark.read.parquet(str(folder / "rows"))
    added = spark.read.parquet(str(folder / "rows" / "new.parquet"))
    added = added.selectExpr(f"{rows.column_names[0]} AS id")
    later = BareStage(spark, config, folder, stage.metrics, spec=stage.spec)
    added_s, found = _timed(kind, later, given, added)
    held = sum(file.stat().st_size for file in _kept_files(later))
    forced = BareStage(spark, config, folder, later.metrics, "forced", stage.spec)
    anew_s, wanted = _timed(kind, forced, given, None)
    return {
        "first": first_s, "added": added_s, "anew": anew_s, "rows_added": len(rows) - first,
        "memory": held / len(rows), "equal": float(_is_equal(rows, found, wanted)),
    }  # fmt: skip


def _kept_files(stage: BareStage) -> list[Path]:
    memory = Path(stage.files("memory", stage.spec.name, stage.attempt_digest()))
    kept = Path(stage.files("kept", stage.spec.name))
    return [*memory.rglob("*.parquet"), *kept.rglob("*.arrow")]


def _is_equal(rows: pa.Table, found: Pairs, wanted: Pairs) -> bool:
    """Whether both have the same components."""
    ids = np.sort(rows.column(0).to_numpy())
    one, other = (
        component_labels(len(ids), *np.searchsorted(ids, pairs).reshape(-1, 2).T)
        for pairs in (found, wanted)
    )
    return np.array_equal(one, other)


def _medians(runs: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def _timed(
    kind: Kind, stage: BareStage, rows: DataFrame, added: DataFrame | None
) -> tuple[float, Pairs]:
    started = core_seconds(os.getpid())
    found = kind.find(stage, rows, added)
    took = core_seconds(os.getpid()) - started
    print(f"{took:.1f} core-s", flush=True)
    return took, found


def _write(place: Path, rows: pa.Table) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(rows, place, row_group_size=2**15, compression="none")


def vectors(count: int, arguments: argparse.Namespace) -> pa.Table:
    """Return id, embedding."""
    if arguments.base:
        rows = np.load(arguments.base, mmap_mode="r")
    else:
        made = made_vectors(count, arguments.width)
        rows = made[np.random.default_rng(5).permutation(len(made))]
    return pa.table({"id": np.arange(len(rows)), "embedding": binary_of(unit_rows(rows))})


def sentences(count: int, _arguments: argparse.Namespace) -> pa.Table:
    """Return id, text."""
    return made_sentences(count).select(["id", "text"])


def hashes(count: int, _arguments: argparse.Namespace) -> pa.Table:
    """Return what the search reads of images: no two of equal bytes, none flat."""
    draw = np.random.default_rng(3)
    ids = draw.permutation(2 * count)[:count] * 2_654_435_761
    columns = {"image_id": ids, "content_id": ids, "phash": made_hashes(count, draw)[1]}
    return pa.table(columns | {"luma_std": np.full(count, 50.0, np.float32)})


def near_vectors(stage: Any, rows: DataFrame, _added: DataFrame | None) -> Pairs:
    """Find out by itself which rows are new."""
    return found_edges(stage, rows)


def near_sentences(stage: Any, rows: DataFrame, added: DataFrame | None) -> Pairs:
    """Search as dedup_sentences does."""
    tasks, block_bytes = int(stage.conf.spark.shuffle_partitions), stage.conf.batch.hash_bytes
    search = TextSearch(rules_of(stage.conf.dedup_sentences), rows.count(), block_bytes, tasks)
    memory = Memory(stage)
    return _pairs(memory, near_texts_kept(stage, memory, rows, added, search))


def near_hashes(stage: Any, rows: DataFrame, added: DataFrame | None) -> Pairs:
    """Search as dedup_images does."""
    none = rows.selectExpr("image_id AS id", "CAST(null AS binary) AS embedding").where("false")
    memory = Memory(stage)
    return _pairs(memory, near_images_kept(stage, memory, rows, none, added))


def _pairs(memory: Memory, edges: DataFrame) -> Pairs:
    found = edges.toArrow()
    memory.seal()
    return np.stack([found["src"].to_numpy(), found["dst"].to_numpy()], axis=1)


KINDS = {
    "vectors": Kind("dedup_sentences", vectors, near_vectors),
    "sentences": Kind("dedup_sentences", sentences, near_sentences),
    "hashes": Kind("dedup_images", hashes, near_hashes),
}


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    main()
