"""realsyn verify: the committed files of a warehouse, checked again from the start."""

import argparse

from jobs.names import local_or_uri
from jobs.published import open_place
from jobs.runtime import add_common_arguments
from jobs.takedown_list import read_list
from jobs.verify.checks import Asked, check_all
from jobs.verify.finding import Finding
from realsyn_lib.config import load_config
from realsyn_lib.errors import ContractError
from realsyn_lib.forget.requests import opt_out_of


def add_parser(subparsers: argparse._SubParsersAction) -> None:  # type: ignore[type-arg]
    """Add the subcommand."""
    parser = subparsers.add_parser("verify", help="check tables, files and accounting again")
    add_common_arguments(parser)
    parser.add_argument("--list", metavar="FILE", help="CSV: kind,value: looked for in all files")
    parser.add_argument(
        "--export",
        action="append",
        default=[],
        metavar="DIR",
        help="an export to look through, too",
    )
    parser.add_argument(
        "--files-only",
        action="store_true",
        help="read every file under its checksum, and do nothing else",
    )
    parser.set_defaults(work=verify)


def verify(arguments: argparse.Namespace) -> int:
    """Print a line for each check; all are made, whatever the first finds."""
    findings = []
    config = load_config(arguments.env, arguments.settings)
    listed = opt_out_of(read_list(arguments.list)) if arguments.list else None
    exports = [local_or_uri(place).rstrip("/") for place in arguments.export]
    warehouse = open_place(arguments.warehouse, config, arguments.files)
    for finding in check_all(warehouse, config, Asked(listed, exports, arguments.files_only)):
        print(f"{'ok  ' if finding.problem is None else 'FAIL'} {_line(finding)}", flush=True)
        findings.append(finding)
    wrong = [finding for finding in findings if finding.problem is not None]
    if wrong:
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise ContractError(f"{arguments.warehouse}: {_line(wrong[0])}{more}")
    print(f"{len(findings)} checks, all ok")
    return 0


def _line(finding: Finding) -> str:
    return finding.check if finding.problem is None else f"{finding.check}: {finding.problem}"
