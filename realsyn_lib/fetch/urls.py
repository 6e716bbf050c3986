"""What an image URL asks for: a file under the image root, or an HTTP request."""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes, urlsplit

MAX_URL_CHARS = 8192

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\U0010ffff]")
_DEFAULT_PORTS = {"http": 80, "https": 443}
# Characters of a request line that must stay as they are: the URL is encoded already.
_KEPT = "%/:?&=+,;@!$'()*~[]#-._|"


class BadUrlError(ValueError):
    """An address that is not fetched at all; the text says what is wrong with it."""


@dataclass(frozen=True)
class HttpTarget:
    """Where to connect and what to ask for."""

    secure: bool
    host: str
    port: int
    request: str


def is_web_url(url: str) -> bool:
    """Tell an http or https URL from a path relative to the image root."""
    return url[:8].lower().startswith(("http://", "https://"))


def relative_parts(url: str) -> tuple[str, ...]:
    """Return the path segments of a relative URL below the image root, percent-decoded.

    Query and fragment are left off.

    Raises:
        BadUrlError: absolute, with a scheme, over 8,192 characters, with NUL, not UTF-8, empty or
            holding a ``..`` segment (also when percent-encoded).
    """
    if len(url) > MAX_URL_CHARS:
        raise BadUrlError(f"{len(url)} characters, at most {MAX_URL_CHARS}")
    if _SCHEME.match(url):
        raise BadUrlError(f"scheme {url.partition(':')[0][:40]} is not fetched")
    try:
        path = unquote_to_bytes(re.split("[?#]", url, maxsplit=1)[0]).decode("utf-8")
    except UnicodeError as error:  # bytes that are no UTF-8, or a lone surrogate
        raise BadUrlError("the path is not UTF-8") from error
    if path.startswith("/") or "\0" in path:
        raise BadUrlError("the path is absolute or holds NUL")
    parts = tuple(part for part in path.split("/") if part not in ("", "."))
    if not parts or ".." in parts:
        raise BadUrlError("the path is empty or leaves the image root")
    return parts


def http_target(url: str) -> HttpTarget:
    """Split an http or https URL.

    Raises:
        BadUrlError: another scheme, user name or password, white space, control or non-ASCII
            characters, no host, a port out of range, over 8,192 characters.
    """
    if len(url) > MAX_URL_CHARS or _UNSAFE.search(url):
        raise BadUrlError("the URL is too long or holds characters that must be percent-encoded")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise BadUrlError(str(error)) from error
    if parts.scheme not in _DEFAULT_PORTS or not host or port == 0:
        raise BadUrlError("not an http or https URL with a host")
    if parts.username is not None or parts.password is not None:
        raise BadUrlError("the URL holds a user name or password")
    request = quote(parts.path or "/", safe=_KEPT) + (f"?{parts.query}" if parts.query else "")
    return HttpTarget(parts.scheme == "https", host, port or _DEFAULT_PORTS[parts.scheme], request)


def host_of(target: HttpTarget) -> str:
    """Return the host's name as canonical URLs have it: a port only where it is not the default."""
    host = f"[{target.host}]" if ":" in target.host else target.host
    default = _DEFAULT_PORTS["https" if target.secure else "http"]
    return host if target.port == default else f"{host}:{target.port}"
