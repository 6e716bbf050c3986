"""The outcome of fetching one image."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fetched:
    """The body, or the reason why there is none; ``status`` is null for files."""

    body: bytes | None = None
    status: int | None = None
    reason: str | None = None
    detail: str | None = None


class RefusedError(Exception):
    """A request that brought no image; ``reason`` is a word of ``realsyn_lib.reasons``."""

    def __init__(
        self, reason: str, detail: str, status: int | None = None, retry_after: str | None = None
    ) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.status = status
        self.retry_after = retry_after

    @property
    def fetched(self) -> Fetched:
        """The outcome of a fetch that ends with this."""
        return Fetched(None, self.status, self.reason, self.detail)
