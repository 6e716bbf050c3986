"""Who may ask a server on this machine, and what a browser may do with its answers.

A page of the web can make a browser ask ``http://127.0.0.1``, and by a name that it points there (DNS
rebinding) it could read the answer. So a request must name a host that is ours, and carry the token
that only who started the server has seen.
"""

import hmac
import ipaddress
from collections.abc import Collection

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})

# Nothing is loaded from elsewhere, no script or style stands in a page, no other page frames it.
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def is_own_host(header: str | None, names: Collection[str]) -> bool:
    """Say whether a Host header names this server; its port may be that of a tunnel.

    Args:
        header: as it came, such as ``localhost:8765`` or ``[::1]:8765``; None where there was none.
        names: hosts that are ours, in lower case.
    """
    if not header:
        return False
    name, colon, port = header.rpartition(":")
    if colon and port.isascii() and port.isdigit():
        return name.lower() in names
    return header.lower() in names


def is_token(given: str | None, token: str) -> bool:
    """Compare a token in a time that does not tell how much of it was right."""
    return given is not None and hmac.compare_digest(given.encode(), token.encode())


def is_loopback(address: str) -> bool:
    """Say whether only this machine reaches an address to listen on."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False
