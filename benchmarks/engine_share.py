"""What the engine (Spark, Delta, Arrow, our glue) adds to the work itself, stage by stage.

The line runs in one session; its plain twin calls the same functions and models in as many
processes. Both are warmed by a small run first, and that is told apart. Model calls are timed
inside both.
"""

import argparse
import hashlib
import json
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable
from made_pages import make_pages
from plain_line import STAGES as TWINS
from plain_line import Plain
from pyspark.sql import SparkSession

from jobs.inputs import list_inputs
from jobs.model_digests import stage_model_digests
from jobs.plan import outside_versions, work_of
from jobs.progress import Reporter
from jobs.runner import Runner
from jobs.session import open_session
from jobs.stage import InputSpec
from jobs.warehouse import Warehouse
from realsyn_lib.config import Config, load_config
from realsyn_lib.stages import StageSpec, stages_between
from udfs.mapped_words import WordFile
from udfs.model_times import FOLDER

LANGUAGE_MODEL_STAGES = ("filter_sentences", "generate_texts")
WARM_SENTENCES, WARM_IMAGES = 60, 10
GOALS = {"without": 0.25, "with": 0.10}  # the engine's share on top, by use of a language model


@dataclass
class Times:
    """Seconds of one stage: all of it, and inside models (added over processes)."""

    wall_s: float
    model_s: float
    rows: int


def main() -> None:
    """Make the pages, warm both sides, measure both, print the table and the JSON line."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory(dir=arguments.work) as work:
        os.environ[FOLDER] = str(Path(work) / "model-times")
        Path(os.environ[FOLDER]).mkdir()
        _measure(arguments, Path(work))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--input", required=True, type=Path, help="folder of pages with pictures")
    parser.add_argument("--sentences", type=int, default=20_000)
    parser.add_argument("--images", type=int, default=2_000)
    parser.add_argument("--to", help="last stage, such as embed_images")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--work", type=Path, help="folder for everything that is made")
    parser.add_argument("--peer", default="plain", choices=("plain", "none"))
    parser.add_argument(
        "--kind",
        choices=tuple(GOALS),
        help="only stages with or without a language model get a twin",
    )
    return parser.parse_args()


def _measure(arguments: argparse.Namespace, work: Path) -> None:
    config = load_config("local", [f"spark.master=local[{arguments.threads},4]"])
    specs = stages_between(None, arguments.to)
    make_pages(arguments.input, work / "pages", arguments.sentences, arguments.images)
    make_pages(arguments.input, work / "warm-pages", WARM_SENTENCES, WARM_IMAGES)
    started = time.monotonic()
    spark = open_session(config, "engine_share")
    run_line(spark, config, specs, work / "warm-pages", work / "warm")
    start_up = {"line": time.monotonic() - started}
    lines = []
    for number in range(arguments.runs):
        place = work / f"line-{number}"
        lines.append(run_line(spark, config, specs, work / "pages", place))
    spark.stop()  # an idle JVM still holds memory and threads
    twins: list[dict[str, Times]] = []
    if arguments.peer == "plain":
        with ProcessPoolExecutor(arguments.threads, get_context("spawn")) as pool:
            started = time.monotonic()
            _twin(pool, config, arguments, work / "warm-pages", work / "warm", work / "x")
            start_up["plain"] = time.monotonic() - started
            last = work / f"line-{arguments.runs - 1}"
            for number in range(arguments.runs):
                out = work / f"plain-{number}"
                twins.append(_twin(pool, config, arguments, work / "pages", last, out))
    _report(arguments, start_up, lines, twins)


def run_line(
    spark: SparkSession, config: Config, specs: list[StageSpec], pages: Path, place: Path
) -> dict[str, Times]:
    """Run the stages; rows are those that the stage's first entity had."""
    inputs = InputSpec(paths=(str(pages),), format="html")
    warehouse = Warehouse(spark, str(place))
    with open(os.devnull, "w", encoding="utf-8") as silent:
        runner = Runner(
            config, warehouse, inputs, list_inputs(inputs), Reporter(spark, len(specs), silent),
            stage_model_digests(),
        )  # fmt: skip
        runner.begin()
        found = {}
        for spec in specs:
            outside = outside_versions(runner, spec)
            found[spec.name] = _timed(lambda s=spec, o=outside: runner.run(s, work_of(s), o))
    for row in _table(place, "funnel").to_pylist():
        if row["outcome"] == "in" and row["stage"] in found:
            found[row["stage"]].rows = max(found[row["stage"]].rows, row["row_count"])
    return found


def _twin(
    pool: ProcessPoolExecutor, config: Config, arguments: argparse.Namespace, pages: Path,
    line: Path, out: Path,
) -> dict[str, Times]:  # fmt: skip
    out.mkdir()
    words = sorted((line / "_files" / "indexes").glob("words-*.arrow"))
    if not words:  # the line was told to end before the words are counted
        words = [Path(os.devnull)]
    plain = Plain(
        config=config,
        read=lambda name: _table(line, name),
        pool=pool,
        processes=arguments.threads,
        folder=out,
        pages=str(pages),
        words=WordFile(str(words[0]), _digest(words[0])),
    )
    done = {path.name for path in line.iterdir()}
    return {
        name: _timed(lambda w=work: w(plain))
        for name, work in TWINS.items()
        if _OUTPUT[name] in done and arguments.kind in (None, _kind(name))
    }


def _kind(stage: str) -> str:
    return "with" if stage in LANGUAGE_MODEL_STAGES else "without"


_OUTPUT = {
    "extract_documents": "documents",
    "fetch_images": "image_bytes",
    "filter_images": "images",
    "embed_images": "image_embeddings",
    "dedup_images": "image_duplicates",
    "filter_sentences": "sentences",
    "embed_sentences": "sentence_embeddings",
    "dedup_sentences": "sentence_duplicates",
    "cluster_sentences": "sentence_clusters",
    "retrieve_texts": "retrieved_texts",
    "describe_images": "image_descriptions",
    "generate_texts": "synthetic_texts",
}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _timed(work: Callable[[], object]) -> Times:
    began, clock = time.time(), time.perf_counter()
    result = work()
    took = time.perf_counter() - clock
    rows = result if isinstance(result, int) and not isinstance(result, bool) else 0
    return Times(took, _model_seconds(began, time.time()), rows)


def _model_seconds(start: float, end: float) -> float:
    """Seconds inside model calls that began between two moments, over all processes."""
    total = 0.0
    for path in Path(os.environ[FOLDER]).glob("*.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            call = json.loads(line)
            total += call["s"] if start <= call["at"] <= end else 0.0
    return total


def _table(warehouse: Path, name: str) -> pa.Table:
    return DeltaTable(str(warehouse / name)).to_pyarrow_table()


def _median(runs: list[dict[str, Times]], stage: str) -> Times:
    own = [run[stage] for run in runs]
    return Times(
        statistics.median(times.wall_s for times in own),
        statistics.median(times.model_s for times in own),
        own[0].rows,
    )


def _report(
    arguments: argparse.Namespace, start_up: dict[str, float], lines: list[dict[str, Times]],
    twins: list[dict[str, Times]],
) -> None:  # fmt: skip
    head = ("stage", "rows", "line s", "plain s", "line model s", "plain model s", "engine us/row")
    print("{:<20}{:>8}{:>9}{:>9}{:>14}{:>15}{:>15}".format(*head))
    sums = {"with": [0.0, 0.0], "without": [0.0, 0.0]}
    rows = 0
    for stage in lines[0]:
        line = _median(lines, stage)
        plain = _median(twins, stage) if twins and stage in twins[0] else None
        print(_row(stage, line, plain))
        if plain is not None:
            sums[_kind(stage)][0] += line.wall_s
            sums[_kind(stage)][1] += plain.wall_s
            rows += line.rows
    shares = {kind: ours / plain - 1 for kind, (ours, plain) in sums.items() if plain}
    for kind, share in shares.items():
        print(f"{kind} a language model: {share:+.0%} on top, wanted at most {GOALS[kind]:.0%}")
    print("start-up apart: " + ", ".join(f"{side} {took:.1f} s" for side, took in start_up.items()))
    print(json.dumps(_figures(arguments, sums, shares, rows, start_up)))


def _row(stage: str, line: Times, plain: Times | None) -> str:
    cells = f"{stage:<20}{line.rows:>8}{line.wall_s:>9.2f}"
    if plain is None:
        return f"{cells}{'-':>9}{line.model_s:>14.2f}{'-':>15}{'-':>15}"
    extra = (line.wall_s - plain.wall_s) / max(line.rows, 1) * 1e6
    cells += f"{plain.wall_s:>9.2f}{line.model_s:>14.2f}{plain.model_s:>15.2f}"
    return f"{cells}{extra:>15.0f}"


def _figures(
    arguments: argparse.Namespace, sums: dict[str, list[float]], shares: dict[str, float],
    rows: int, start_up: dict[str, float],
) -> dict[str, object]:  # fmt: skip
    ours, peer = (sum(both) for both in zip(*sums.values(), strict=True))
    usage = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return {
        "name": "engine_share",
        "n": {"sentences": arguments.sentences, "images": arguments.images},
        "ours": rows / ours if ours else None,
        "peer": rows / peer if peer else None,
        "ratio": peer / ours if ours and peer else None,
        "quality_ours": 1.0,  # the same functions on the same rows
        "quality_peer": 1.0 if peer else None,
        "share_on_top": shares,
        "goal_on_top": GOALS,
        "start_up_s": start_up,
        "wall_s": ours + peer,
        "peak_mb": max(resource.getrusage(who).ru_maxrss for who in usage) / 1024,
        "versions": {
            name: version(name) for name in ("pyspark", "delta-spark", "pyarrow", "torch")
        },
    }


if __name__ == "__main__":
    main()
