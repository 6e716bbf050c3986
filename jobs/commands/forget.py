"""realsyn forget: what a list names leaves the tables, files and exports of a warehouse."""

import argparse

from jobs.export_places import exports_of, is_instruction_set
from jobs.forget.warehouse import forget as take_out
from jobs.names import local_or_uri
from jobs.published import open_published
from jobs.runtime import add_common_arguments
from jobs.takedown_list import read_list


def add_parser(subparsers: argparse._SubParsersAction) -> None:  # type: ignore[type-arg]
    """Add the subcommand."""
    parser = subparsers.add_parser("forget", help="take out what a list names, everywhere")
    add_common_arguments(parser)
    parser.add_argument(
        "--list", required=True, metavar="FILE", help="CSV: kind,value[,reason]; kind is url, domain, "
        "sha256, phash or document",
    )  # fmt: skip
    parser.add_argument(
        "--export", action="append", default=[], metavar="DIR",
        help="an export that was moved, or made before exports were remembered",
    )  # fmt: skip
    parser.set_defaults(work=forget)


def forget(arguments: argparse.Namespace) -> int:
    """Take out, say what went, and what ends by it."""
    requests = read_list(arguments.list)
    published = open_published(arguments)
    more = [local_or_uri(place).rstrip("/") for place in arguments.export]
    exports, missing = exports_of(published.warehouse.files, more)
    for place in missing:
        print(f"no export at {place} any more; if it was moved, name it with --export")
    tasks = [place for place in exports if is_instruction_set(place)]
    shards = [place for place in exports if place not in tasks]
    done = take_out(published, requests, shards, lambda text: print(text, flush=True))
    print(
        f"{len(requests)} requests, {done.requests} of them new: {done.documents} documents, "
        f"{done.images} images and {done.sentences} sentences are gone, {done.files} files of exports "
        "are written anew"
    )
    for place in tasks:
        print(
            f"{place} is an instruction set, which may hold texts that are gone: make it anew with its "
            f"--rows and --teacher, `realsyn instructions --warehouse {arguments.warehouse} --to {place}`"
        )
    print("older versions of the tables can no longer be read: time travel ends here")
    print(
        f"`realsyn verify --warehouse {arguments.warehouse} --list {arguments.list}` looks for traces"
    )
    return 0
