"""What every entry point shares: arguments, settings, session, warehouse, runner, exit code."""

import argparse
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException

from jobs.faults import as_known_error
from jobs.inputs import InputSpec, completed, remembered_inputs
from jobs.locks import refuse_held
from jobs.model_digests import stage_model_digests
from jobs.names import files_of, local_catalog_folder, local_or_uri, lock_folder
from jobs.other_sentences import made_here, open_sentences, require_texts
from jobs.plan import input_listing, run_stages
from jobs.progress import Reporter
from jobs.runner import Runner
from jobs.schema_check import check_schema_versions
from jobs.session import open_session
from jobs.stage_locks import StageLocks
from jobs.submit import leave_bare_spark_submit
from jobs.warehouse import Warehouse
from realsyn_lib.config import ENVIRONMENTS, Config, load_config
from realsyn_lib.errors import RealSynError, SettingError
from realsyn_lib.sources.formats import FORMATS
from realsyn_lib.stages import StageSpec, stage_named


def add_common_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of everything that opens a warehouse."""
    parser.add_argument(
        "--env", default="local", choices=ENVIRONMENTS, help="settings to start from"
    )
    parser.add_argument("--warehouse", required=True, help="folder, URI, or catalog.schema")
    parser.add_argument("--files", help="folder or URI beside a catalog's tables")
    parser.add_argument("--set", dest="settings", action="append", default=[], metavar="KEY=VALUE")


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of everything that runs stages on an input of the user's."""
    add_work_arguments(parser)
    parser.add_argument(
        "--input", action="append", default=[], metavar="PATH", help="folder, file or 'pattern'"
    )
    names = ", ".join(sorted(FORMATS))
    parser.add_argument("--format", help=f"{names}; without it the files are looked at")
    parser.add_argument("--image-root", help="folder that relative image URLs resolve under")


def add_work_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of everything that runs stages, whatever the input."""
    add_common_arguments(parser)
    parser.add_argument("--limit", type=int, metavar="N", help="only N documents, by hash rank")
    parser.add_argument("--force", action="store_true", help="run stages that are up to date, too")
    parser.add_argument("--refit", action="append", default=[], metavar="NAME")
    parser.add_argument("--allow-removal", action="store_true", help="documents may have gone")


def input_spec(arguments: argparse.Namespace) -> InputSpec:
    """Return what the arguments say of the input."""
    if arguments.limit is not None and arguments.limit < 1:
        raise SettingError(f"--limit is {arguments.limit}, expected at least 1")
    return InputSpec(
        paths=tuple(_absolute(path) for path in arguments.input),
        format=arguments.format,
        image_root=_absolute(arguments.image_root) if arguments.image_root else None,
        limit=arguments.limit,
        allow_removal=arguments.allow_removal,
    )


@contextmanager
def open_runner(
    arguments: argparse.Namespace, config: Config, specs: list[StageSpec], is_plan: bool = False
) -> Iterator[Runner]:
    """Open the session and the warehouse for the stages of a run; a plan of one may be told beside another.

    Raises:
        RealSynError: a setting, model, input or table is wrong, or another run is at work on a stage.
    """
    _check_refit(arguments.refit, specs)
    location, names = local_or_uri(arguments.warehouse), [spec.name for spec in specs]
    locks = lock_folder(location, files_of(location, arguments.files))
    if locks is not None and not is_plan:
        refuse_held(locks, names)
    stage_model_digests_of = stage_model_digests()
    for spec in specs:
        stage_model_digests_of(spec, config)  # a missing model stops before Spark starts
    inputs = input_spec(arguments)
    listing = input_listing(inputs, specs)  # a wrong input stops before anything is made
    require_texts(listing.format if listing is not None else inputs.format, config, specs)
    places = [arguments.warehouse, arguments.files or "", *inputs.paths, inputs.image_root or ""]
    places.append(config.retrieval.sentences_from or "")
    catalog = local_catalog_folder(location, arguments.files)
    spark = open_session(config, f"realsyn {specs[0].name}", locations=places, catalog=catalog)
    warehouse = Warehouse(spark, location, arguments.files)
    if not is_plan:
        StageLocks(warehouse).refuse_held(names)
    check_schema_versions(warehouse)
    if not inputs.paths:
        inputs = completed(inputs, remembered_inputs(warehouse.files))
        listing = input_listing(inputs, specs)
    if listing is not None:
        inputs = replace(inputs, format=listing.format)  # as found, where none was named
    require_texts(inputs.format, config, specs)
    runner = Runner(
        config, warehouse, inputs, listing, Reporter(spark, len(specs)), stage_model_digests_of,
        arguments.force, frozenset(arguments.refit), open_sentences(spark, config, warehouse),
    )  # fmt: skip
    try:
        yield runner
    finally:
        runner.reporter.failed()


def _absolute(location: str) -> str:
    """A later run may start in another folder."""
    return location if "://" in location else str(Path(location).absolute())


def stage_main(name: str) -> None:
    """Entry point of ``spark-submit jobs/<stage>.py``."""
    sys.exit(guarded(lambda: _run_one(name, sys.argv[1:])))


def guarded(work: Callable[[], int]) -> int:
    """Run an entry point; print one line for an error and return its exit code."""
    try:
        return work()
    except RealSynError as error:
        print(f"realsyn: {error}", file=sys.stderr)
        if error.exit_code == 1 or os.environ.get("REALSYN_TRACEBACK"):
            traceback.print_exc()
        return error.exit_code
    except (OSError, PySparkException, Py4JError) as error:
        known = as_known_error(error, "realsyn")
        print(f"realsyn: {known}", file=sys.stderr)
        return known.exit_code
    except KeyboardInterrupt:
        print("realsyn: interrupted; the same command goes on where it stopped", file=sys.stderr)
        return 130


def _run_one(name: str, argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog=f"jobs/{name}.py", description=f"Run the stage {name}.")
    add_run_arguments(parser)
    arguments = parser.parse_args(argv)
    config = load_config(arguments.env, arguments.settings)
    leave_bare_spark_submit(config)
    specs = made_here([stage_named(name)], config)
    with open_runner(arguments, config, specs) as runner:
        run_stages(runner, specs)
    return 0


def _check_refit(names: Sequence[str], specs: list[StageSpec]) -> None:
    known = sorted({name for spec in specs for name in spec.frozen})
    for name in names:
        if name not in known:
            raise SettingError(f"--refit {name} is unknown; expected one of {', '.join(known)}")
