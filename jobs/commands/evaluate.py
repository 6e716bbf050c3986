"""realsyn evaluate: what a CLIP can do, by CLIP_benchmark's tasks on sets in its webdataset layout."""

import argparse
import os
import time
from collections.abc import Iterator
from pathlib import Path

from jobs.evaluate.evaluated_model import EvaluatedModel, evaluated_model
from jobs.evaluate.results import (
    Record,
    Results,
    record_digest,
    record_of,
    results_path,
    tables_of,
)
from jobs.evaluate.tasks import TASKS, Bench, fits, measure
from jobs.names import local_or_uri
from jobs.runtime import add_common_arguments
from jobs.settings import limits_of
from jobs.warehouse_files import files_beside
from realsyn_lib.config import Config, load_config
from realsyn_lib.errors import InputError, SettingError
from realsyn_lib.evaluation.benchmark_set import BenchmarkSet, find_sets
from realsyn_lib.evaluation.paper_lists import PAPER_LISTS, Task, set_name

_USUAL: tuple[Task, ...] = ("zeroshot_classification", "zeroshot_retrieval")
Work = list[tuple[Task, BenchmarkSet]]


def add_parser(subparsers: argparse._SubParsersAction) -> None:  # type: ignore[type-arg]
    """Add the subcommand."""
    parser = subparsers.add_parser("evaluate", help="measure a CLIP on benchmark sets")
    add_common_arguments(parser)
    parser.add_argument("--checkpoint", metavar="FILE", help="of open_clip, .pt or .safetensors")
    parser.add_argument("--model", help="architecture; beside open_clip's own logs it is known")
    parser.add_argument("--pretrained", metavar="TAG", help="of open_clip's published weights")
    parser.add_argument("--encoder", metavar="NAME", help="an encoder of models.yaml")
    parser.add_argument("--data", required=True, metavar="DIR", help="a set, or a folder of sets")
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=[], metavar="TASK",
                        help=f"{', '.join(TASKS)}; default: those of --sets, or the first two")  # fmt: skip
    parser.add_argument("--sets", nargs="+", default=[], metavar="NAME",
                        help=f"sets, or lists of RealSyn's: {', '.join(PAPER_LISTS)}")  # fmt: skip
    parser.add_argument("--out", metavar="FILE", help="default: evaluations beside the tables")
    parser.add_argument("--force", action="store_true", help="measure again what is known")
    parser.set_defaults(work=evaluate)


def evaluate(arguments: argparse.Namespace) -> int:
    """Measure what is not known yet, keep it, and show all of it."""
    config = load_config(arguments.env, arguments.settings)
    files = files_beside(arguments)
    work = _work(find_sets(Path(arguments.data)), arguments)
    model = evaluated_model(
        arguments.checkpoint, arguments.model, arguments.pretrained, arguments.encoder
    )
    path = local_or_uri(arguments.out) if arguments.out else results_path(files, model)
    results = Results.at(path)
    records = list(_records(work, model, config, results, arguments.force))
    print(*tables_of(records), sep="\n")
    print(f"records: {path}")
    return 0


def _work(sets: list[BenchmarkSet], arguments: argparse.Namespace) -> Work:
    """Return the tasks to do: all that fit the sets that are asked for."""
    asked = set()
    for word in arguments.sets:
        listed = PAPER_LISTS.get(word)
        asked |= set(listed.metrics) if listed else {set_name(word)}
    tasks = _tasks(arguments)
    known = {one.name for one in sets}
    unknown = [
        word for word in arguments.sets if word not in PAPER_LISTS and set_name(word) not in known
    ]
    if unknown:
        raise SettingError(
            f"--sets {', '.join(unknown)}: not in {arguments.data}, which holds {', '.join(sorted(known))}"
        )
    chosen = [one for one in sets if not asked or one.name in asked]
    work = [(task, one) for task in TASKS if task in tasks for one in chosen if fits(task, one)]
    if not work:
        raise InputError(
            f"--data {arguments.data}: none of its sets fits {', '.join(tasks)}"
            f"{' and ' + ', '.join(arguments.sets) if arguments.sets else ''}; it holds "
            f"{', '.join(f'{one.name} ({one.kind})' for one in sets)}"
        )
    return work


def _tasks(arguments: argparse.Namespace) -> list[Task]:
    """Return the tasks that are asked for, by name or by the lists whose they are."""
    listed = [PAPER_LISTS[word].task for word in arguments.sets if word in PAPER_LISTS]
    return arguments.tasks or sorted(set(listed)) or list(_USUAL)


def _records(
    work: Work, model: EvaluatedModel, config: Config, results: Results, force: bool
) -> Iterator[Record]:
    """Yield the record of each evaluation; the model is loaded for the first that is not known."""
    bench: Bench | None = None
    for task, chosen in work:
        digest = record_digest(model, chosen, task, config.evaluate)
        record = None if force else results.known(digest)
        if record is None:
            bench = bench or _bench(model, config)
            started = time.monotonic()
            measured = measure(task, chosen, bench)
            record = record_of(model, chosen, task, measured, digest)
            results.add(record)
            took = time.monotonic() - started
            print(f"{task} on {chosen.name}: {measured.images} images in {took:.1f} s", flush=True)
        yield record


def _bench(model: EvaluatedModel, config: Config) -> Bench:
    from udfs.device import task_device

    device = task_device()
    cores = os.cpu_count() or 1  # this process is alone, unlike the tasks of a stage
    encoder = model.load(device, max(cores, config.resources.threads_per_task))
    return Bench(encoder, config, limits_of(config.images, config.batch), device)
