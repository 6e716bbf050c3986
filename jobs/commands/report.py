"""realsyn report: one self-contained HTML file about a warehouse."""

import argparse

from jobs.names import REPORT
from jobs.published import open_published
from jobs.report.build import write_report
from jobs.runtime import add_common_arguments


def add_parser(subparsers: argparse._SubParsersAction) -> None:  # type: ignore[type-arg]
    """Add the subcommand."""
    parser = subparsers.add_parser("report", help="write an HTML report of the warehouse")
    add_common_arguments(parser)
    parser.add_argument("--out", metavar="FILE", help="default: report.html beside the tables")
    parser.set_defaults(work=report)


def report(arguments: argparse.Namespace) -> int:
    """Write the report and say where it is."""
    published = open_published(arguments)
    out = arguments.out or f"{published.warehouse.files}/{REPORT}"
    write_report(published, out)
    print(f"report: {out}")
    return 0
