"""realsyn doctor: is everything here that a run needs, and if not, what to do."""

import argparse

from jobs.doctor.checks import checks_of, run_checks
from realsyn_lib.config import ENVIRONMENTS, load_config
from realsyn_lib.errors import EnvironmentFault


def add_parser(subparsers: argparse._SubParsersAction) -> None:  # type: ignore[type-arg]
    """Add the subcommand."""
    parser = subparsers.add_parser("doctor", help="check this machine; each failure has its fix")
    parser.add_argument(
        "--env", default="local", choices=ENVIRONMENTS, help="settings to start from"
    )
    parser.add_argument("--warehouse", help="check this place for space and rights, too")
    parser.add_argument("--set", dest="settings", action="append", default=[], metavar="KEY=VALUE")
    parser.set_defaults(work=doctor)


def doctor(arguments: argparse.Namespace) -> int:
    """Print a line for each check; all are made that can be made."""
    config = load_config(arguments.env, arguments.settings)
    results = []
    for result in run_checks(checks_of(config, arguments.warehouse)):
        print(f"{result.state:4}  {result.name}: {result.text}", flush=True)
        results.append(result)
    failed = [result.name for result in results if result.state == "FAIL"]
    if failed:
        raise EnvironmentFault(
            f"doctor: {len(failed)} checks failed: {', '.join(failed)}; see above"
        )
    print("everything a run needs is here")
    return 0
