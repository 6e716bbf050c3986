"""The outcome of fetching one image."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fetched:
    """The body, or the reason why there is none; ``status`` is null for files."""

    body: bytes | None = None
    status: int | None = None
    reason: str | None = None
    detail: str | None = None
