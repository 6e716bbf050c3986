"""realsyn run: the stages of the line, from --from to --to."""

import argparse
import sys

from jobs.other_sentences import made_here
from jobs.plan import run_stages, tell_plan
from jobs.runtime import add_run_arguments, open_runner
from realsyn_lib.config import load_config
from realsyn_lib.errors import SettingError
from realsyn_lib.sources.formats import source_format
from realsyn_lib.stages import stages_between


def add_parser(subparsers: argparse._SubParsersAction) -> None:  # type: ignore[type-arg]
    """Add the subcommand."""
    parser = subparsers.add_parser("run", help="run the pipeline on your own documents")
    add_run_arguments(parser)
    parser.add_argument("--from", dest="first", metavar="STAGE", help="first stage")
    parser.add_argument("--to", dest="last", metavar="STAGE", help="last stage")
    parser.add_argument("--dry-run", action="store_true", help="say what would run, and stop")
    parser.set_defaults(work=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the stages; one session for all of them."""
    config = load_config(arguments.env, arguments.settings)
    specs = made_here(stages_between(arguments.first, arguments.last), config)
    if arguments.format is not None:
        source_format(arguments.format)
    with open_runner(arguments, config, specs, arguments.dry_run) as runner:
        if specs[0].name == "extract_documents" and not runner.inputs.paths:
            raise SettingError("--input is missing; name the folder or file of your documents")
        if arguments.dry_run:
            tell_plan(runner, specs)
            return 0
        run_stages(runner, specs)
    print(f"realsyn: tables in {runner.warehouse.location}", file=sys.stderr)
    return 0
