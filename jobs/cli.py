"""The command ``realsyn``: one subcommand a module of jobs/commands."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from jobs.runtime import guarded
from realsyn_lib import __version__

COMMANDS = (
    "doctor", "demo", "models", "run", "status", "report", "verify", "sql", "explain", "export",
)  # fmt: skip


def build_parser(names: Sequence[str] = COMMANDS) -> argparse.ArgumentParser:
    """Return the parser with the named subcommands."""
    parser = argparse.ArgumentParser(
        prog="realsyn",
        description="Turns interleaved web documents into image-text training data.",
    )
    parser.add_argument("--version", action="version", version=f"realsyn {__version__}")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in names:
        import_module(f"jobs.commands.{name}").add_parser(subparsers)
    return parser


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point of the command; ends with the exit code."""
    words = sys.argv[1:] if argv is None else list(argv)
    asked = words[:1] if words and words[0] in COMMANDS else COMMANDS  # the others stay unloaded
    arguments = build_parser(asked).parse_args(words)
    sys.exit(guarded(lambda: arguments.work(arguments)))


if __name__ == "__main__":
    main()
