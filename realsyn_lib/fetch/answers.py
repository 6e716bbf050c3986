"""What an HTTP status means for us, and when to try again."""

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_GONE = frozenset({404, 410})
_PASSING = frozenset({429, 500, 502, 503, 504})
_RETRIED = frozenset({"connection", "incomplete"})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
# A host that gives these, and nothing else in between, is given up.
HOST_FAILURES = frozenset({"connection", "deadline", "dns", "tls"})
# What another run may find otherwise. Of http_error only the statuses that may pass.
TRANSIENT = frozenset(
    {
        "connection",
        "deadline",
        "dns",
        "hash_mismatch",
        "host_unavailable",
        "incomplete",
        "robots_unavailable",
    }
)
# What other settings may find otherwise.
BOUNDED = frozenset({"body_too_large", "redirects", "too_small", "aspect_ratio"})
TRANSIENT_STATUSES = _PASSING


def status_reason(status: int) -> str | None:
    """Return the drop reason of an HTTP status; None for 200, which alone brings an image."""
    if status == 200:
        return None
    return "not_found" if status in _GONE else "http_error"


def may_pass(reason: str, status: int | None) -> bool:
    """Tell whether another try may succeed: 429, 5xx, a connection that failed, half a body."""
    return reason in _RETRIED or (reason == "http_error" and status in _PASSING)


def wait_s(tries: int, backoff_s: float, retry_after: str | None, now: datetime) -> float:
    """Return the seconds to wait before the next try.

    Args:
        tries: tries made so far, at least 1.
        backoff_s: wait after the first try; it doubles with each.
        retry_after: the server's header, seconds or an HTTP date; nonsense is ignored.
        now: the present time, with a zone.
    """
    own = backoff_s * 2.0 ** (tries - 1)
    return max(own, _asked_s(retry_after or "", now))


def _asked_s(retry_after: str, now: datetime) -> float:
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9]) if len(text) <= 9 else math.inf
    try:
        at = parsedate_to_datetime(text)
        return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return 0.0
