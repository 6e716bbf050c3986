"""realsyn demo: the whole line on the bundled documents."""

import argparse
import sys

from jobs.commands.models import fetch_configured
from jobs.plan import run_stages
from jobs.runtime import add_work_arguments, open_runner
from realsyn_lib.config import load_config
from realsyn_lib.resources import resource_path
from realsyn_lib.stages import stages_between

DEFAULT_WAREHOUSE = "build/demo"


def add_parser(subparsers: argparse._SubParsersAction) -> None:  # type: ignore[type-arg]
    """Add the subcommand: the arguments of `realsyn run` but those that name its input."""
    parser = subparsers.add_parser("demo", help="run the pipeline on the bundled documents")
    add_work_arguments(parser)
    parser.set_defaults(work=demo, warehouse=DEFAULT_WAREHOUSE, format="html", image_root=None)
    for action in parser._actions:
        if action.dest == "warehouse":
            action.required = False


def demo(arguments: argparse.Namespace) -> int:
    """Fetch the local models where they are missing, then run every stage."""
    config = load_config(arguments.env, arguments.settings)
    fetch_configured(config)
    arguments.input = [str(resource_path("samples", "pages"))]
    specs = stages_between(None, None)
    with open_runner(arguments, config, specs) as runner:
        run_stages(runner, specs)
        place, files = runner.warehouse.location, runner.warehouse.files
    print(f"realsyn: tables in {place}, report in {files}/report.html", file=sys.stderr)
    print(f"realsyn: try `realsyn sql --warehouse {place} funnel`", file=sys.stderr)
    return 0
