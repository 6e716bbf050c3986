"""How far a fetch may go."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FetchRules:
    """Limits of one fetch; the setting of the same name under ``fetch`` holds the value.

    deadline_s: seconds for one image, its redirects, waits and retries included.
    max_body_bytes: larger bodies are refused, before and after decompression; equal is kept.
    max_redirects: hops followed at most. retries: further tries after the first.
    backoff_s: wait before the first retry, doubled for each further one.
    user_agent: what we say we are. threads: fetches at once in one task.
    allow_hosts: ``HOST:PORT`` or address ranges (CIDR) that may be reached though not public.
    max_batch_bytes: output batches are cut at about this many bytes of bodies.
    """

    deadline_s: float
    max_body_bytes: int
    max_redirects: int
    retries: int
    backoff_s: float
    user_agent: str
    threads: int
    allow_hosts: tuple[str, ...]
    max_batch_bytes: int
