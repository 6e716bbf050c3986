"""realsyn view: a local web application on the published tables."""

import argparse
from pathlib import Path

from jobs.names import VIEW_FILES
from jobs.runtime import add_common_arguments
from realsyn_lib.config import load_config
from realsyn_lib.view.access import is_loopback

_PORT = 8765


def add_parser(subparsers: argparse._SubParsersAction) -> None:  # type: ignore[type-arg]
    """Add the subcommand."""
    parser = subparsers.add_parser("view", help="look at the tables in a browser")
    add_common_arguments(parser)
    parser.add_argument("--port", type=int, default=_PORT, help=f"{_PORT}; 0 takes a free one")
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="to listen on; default: this machine only",
    )
    parser.add_argument(
        "--name", action="append", default=[], metavar="HOST",
        help="a host name by which browsers reach it, beside localhost",
    )  # fmt: skip
    parser.add_argument(
        "--cache",
        metavar="DIR",
        help="where vectors are laid out; default: _files/view of the warehouse",
    )
    parser.set_defaults(work=view)


def view(arguments: argparse.Namespace) -> int:
    """Serve until interrupted."""
    # What only this command needs: `realsyn --help` works without the extra `view`.
    from jobs.published_files import open_published_files
    from jobs.view.server import open_socket, serve
    from jobs.view.site import open_site

    config = load_config(arguments.env, arguments.settings)
    published = open_published_files(arguments.warehouse)
    cache = Path(arguments.cache or published.folder / "_files" / VIEW_FILES).absolute()
    with (
        open_socket(arguments.host, arguments.port) as listening,
        open_site(published, config, cache) as site,
    ):
        if not is_loopback(arguments.host):
            print(
                f"note: {arguments.host} is reached from other machines, and nothing is encrypted: who "
                "sees the address below, or the traffic, sees the data"
            )
        serve(
            site, listening, arguments.name, lambda address: print(f"view: {address}", flush=True)
        )
    return 0
