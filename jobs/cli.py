"""The command ``realsyn``: one subcommand a module of jobs/commands.

This module needs the standard library alone, so that it can say which package is missing.
"""

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module

from realsyn_lib import __version__

COMMANDS = (
    "doctor", "demo", "models", "run", "status", "report", "verify", "sql", "explain", "export",
    "instructions", "train", "evaluate", "tags", "assess", "maintain", "forget", "view",
)  # fmt: skip
_OWN = ("jobs", "udfs", "realsyn_lib")
_EXTRAS = dict.fromkeys(("starlette", "uvicorn", "deltalake", "duckdb"), "view")  # else local,cpu
_PACKAGES = {"py4j": "pyspark", "yaml": "pyyaml", "PIL": "pillow", "delta": "delta-spark"}


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
    try:
        sys.exit(_run(words))
    except ModuleNotFoundError as error:
        module = (error.name or "").split(".")[0]
        if not module or module in _OWN:
            raise  # a fault of ours, not of the installation
        sys.exit(_missing(_PACKAGES.get(module, module)))


def _run(words: Sequence[str]) -> int:
    asked = words[:1] if words and words[0] in COMMANDS else COMMANDS  # the others stay unloaded
    arguments = build_parser(asked).parse_args(words)
    from jobs.runtime import guarded

    return guarded(lambda: arguments.work(arguments))


def _missing(package: str) -> int:
    print(
        f"realsyn: the package {package} is not installed in {sys.prefix}; in the checkout run "
        f"`make setup`, or `pip install '.[{_EXTRAS.get(package, 'local,cpu')}]'`",
        file=sys.stderr,
    )
    if os.environ.get("REALSYN_TRACEBACK"):
        traceback.print_exc()
    return 2


if __name__ == "__main__":
    main()
