"""How far a fetch may go, and what it keeps to."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class FetchRules:
    """Settings of fetching; those without a unit are named as under ``fetch`` and ``resources``.

    deadline_s: seconds for one image, its redirects, waits and retries included.
    max_body_bytes: larger bodies are refused, before and after decompression; equal is kept.
    max_redirects: hops followed at most. retries: further tries after the first.
    backoff_s: wait before the first retry, doubled for each further one.
    user_agent: what we say we are. allow_hosts: ``HOST:PORT`` or address ranges (CIDR) that may be
    reached though not public.
    breaker_failures: connections in a row that fail before a host is given up.
    robots: keep to robots.txt. refused_directives: words of X-Robots-Tag that are an opt-out.
    tdm_reservation: take ``TDM-Reservation: 1`` for one, and ask for tdmrep.json.
    min_side_px, max_aspect_ratio: of large bodies whose header shows less, or more, no more is read;
    null: read on.
    in_flight: fetches at once in one task. per_host: of them to one host, all tasks together.
    host_delay_s: least time from one request to a host to the next. dns_s: how long an answer of
    the name service holds.
    room_bytes: bodies that a task holds at once. max_batch_bytes: output batches end at this.
    """

    deadline_s: float
    max_body_bytes: int
    max_redirects: int
    retries: int
    backoff_s: float
    user_agent: str
    allow_hosts: tuple[str, ...]
    max_batch_bytes: int
    breaker_failures: int = 5
    robots: bool = True
    refused_directives: frozenset[str] = frozenset()
    tdm_reservation: bool = True
    min_side_px: int | None = None
    max_aspect_ratio: float | None = None
    in_flight: int = 64
    per_host: int = 6
    host_delay_s: float = 0.0
    dns_s: float = 300.0
    room_bytes: int = 2**27

    @property
    def agent_token(self) -> str:
        """The name that robots.txt and X-Robots-Tag know us by, in lower case."""
        return re.split(r"[/\s]", self.user_agent, maxsplit=1)[0].lower()
