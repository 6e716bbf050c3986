"""realsyn tags: a list of new tags for the zero-shot tagger, mined from the sentences."""

import argparse
import os

from jobs.mine_tags import MineSettings, mine_tags
from jobs.names import local_or_uri
from jobs.published import open_published
from jobs.runtime import add_common_arguments
from realsyn_lib.errors import SettingError
from realsyn_lib.files import write_text

MOST_ROWS = 10**7


def add_parser(subparsers: argparse._SubParsersAction) -> None:  # type: ignore[type-arg]
    """Add the subcommand."""
    parser = subparsers.add_parser("tags", help="mine new tags from the sentences")
    add_common_arguments(parser)
    parser.add_argument("--to", required=True, metavar="FILE", help="one tag a line, best first")
    parser.add_argument("--rows", type=int, default=4000, metavar="N", help="tags at most")
    parser.add_argument(
        "--min-documents", type=int, default=2, metavar="N", help="that speak of a tag at least"
    )
    parser.add_argument(
        "--by", choices=("images", "documents"), default="images",
        help="what decides among frequent phrases: whether images show them, or frequency alone",
    )  # fmt: skip
    parser.set_defaults(work=tags)


def tags(arguments: argparse.Namespace) -> int:
    """Write the list and say what is in it."""
    for name in ("rows", "min_documents"):
        if not 1 <= getattr(arguments, name) <= MOST_ROWS:
            option = f"--{name.replace('_', '-')}"
            raise SettingError(f"{option} is {getattr(arguments, name)}, expected 1 to {MOST_ROWS}")
    settings = MineSettings(arguments.rows, arguments.min_documents, arguments.by == "images")
    place = local_or_uri(arguments.to)
    if os.path.isdir(place):
        raise SettingError(f"--to {place} is a folder; name a file, such as tags.txt")
    found = mine_tags(open_published(arguments), settings)
    write_text(place, "".join(f"{tag}\n" for tag in found))
    print(f"{len(found)} tags in {place}, first: {', '.join(found[:5])}")
    return 0
