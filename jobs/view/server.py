"""The server: one socket on this machine, until it is interrupted."""

import secrets
import socket
from collections.abc import Callable
from contextlib import suppress

import uvicorn

from jobs.view.guard import TOKEN, Guard
from jobs.view.handlers import application
from jobs.view.site import Site
from realsyn_lib.errors import SettingError
from realsyn_lib.view.access import LOOPBACK_NAMES


def open_socket(host: str, port: int) -> socket.socket:
    """Listen; port 0 takes a free one.

    Raises:
        SettingError: the port is taken, or the address is none of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        raise SettingError(
            f"--host {host} --port {port}: {error}; --port 0 takes a free one"
        ) from error


def serve(
    site: Site, listening: socket.socket, names: list[str], say: Callable[[str], None]
) -> None:
    """Answer requests until interrupted; ``say`` is told the address with its token.

    Args:
        site: what pages are made of.
        listening: from ``open_socket``.
        names: host names by which browsers reach it beside those of the loopback.
        say: prints.
    """
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    token = secrets.token_urlsafe(32)
    own = LOOPBACK_NAMES | {shown.lower()} | {name.lower() for name in names}
    guarded = Guard(application(site), token, frozenset(own), port)
    server = uvicorn.Server(
        uvicorn.Config(
            guarded, log_level="warning", access_log=False, server_header=False, lifespan="off",
            timeout_graceful_shutdown=2, ws="none", loop="asyncio", http="h11",
        )
    )  # fmt: skip
    say(f"http://{shown}:{port}/?{TOKEN}={token}")
    with suppress(KeyboardInterrupt):  # which uvicorn raises again when it has closed everything
        server.run(sockets=[listening])
