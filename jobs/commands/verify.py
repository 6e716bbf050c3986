"""realsyn verify: the committed files of a warehouse, checked again from the start."""

import argparse

from jobs.published import open_published
from jobs.runtime import add_common_arguments
from jobs.verify.checks import check_all
from jobs.verify.finding import Finding
from realsyn_lib.errors import ContractError


def add_parser(subparsers: argparse._SubParsersAction) -> None:  # type: ignore[type-arg]
    """Add the subcommand."""
    parser = subparsers.add_parser("verify", help="check tables, files and accounting again")
    add_common_arguments(parser)
    parser.set_defaults(work=verify)


def verify(arguments: argparse.Namespace) -> int:
    """Print a line for each check; all are made, whatever the first finds."""
    findings = []
    for finding in check_all(open_published(arguments)):
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
