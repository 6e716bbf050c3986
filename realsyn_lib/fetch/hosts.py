"""How one host is treated in one task: how many at once, how often, and when it is given up."""

import math
from dataclasses import dataclass, field

from realsyn_lib.fetch.answers import HOST_FAILURES


@dataclass
class HostHealth:
    """Fetches of a host that failed, none that came well lying between them.

    A fetch that began before one that came well says nothing of the host: where one address in
    thirty hangs, all connections come to hang at once, and would end in a row. A host that for
    ``max_refused_s`` says nothing but to come later is given up as well.
    """

    max_failures: int
    max_refused_s: float = math.inf
    failures: int = 0
    last_reason: str = ""
    last_good_s: float = -math.inf
    refused_since_s: float | None = None
    is_down: bool = field(default=False)

    def may_begin(self, active: int, at_once: int) -> bool:
        """Tell whether another request may begin beside ``active`` ones.

        While a host fails, no more are on their way than it takes to give it up: the next ones would
        only wait as long as those have.
        """
        most = min(at_once, self.max_failures - self.failures) if self.failures else at_once
        return active < most

    def note(
        self, reason: str | None, has_answered: bool, started_s: float, now_s: float,
        is_refused: bool = False,
    ) -> None:  # fmt: skip
        """Note how one request ended.

        Args:
            reason: drop reason, None for a picture.
            has_answered: an HTTP status came.
            started_s, now_s: seconds of one clock, when it began and ended.
            is_refused: the answer asks to come later.
        """
        if is_refused:
            self.refused_since_s = now_s if self.refused_since_s is None else self.refused_since_s
            self.last_reason = "a status that asks for time"
            self.is_down = self.is_down or now_s - self.refused_since_s >= self.max_refused_s
        elif has_answered:
            self.refused_since_s = None
        if reason not in HOST_FAILURES and has_answered:
            self.failures, self.last_good_s = 0, now_s
        elif reason in HOST_FAILURES and started_s >= self.last_good_s:
            self.failures, self.last_reason = self.failures + 1, reason or ""
            self.is_down = self.is_down or self.failures >= self.max_failures


def share_of(per_host: int, host_delay_s: float, lanes: int) -> tuple[int, float]:
    """Return the connections and the delay of one of ``lanes`` tasks that share a host.

    Together they keep to the host's limits. ``lanes`` is at most ``per_host``.
    """
    return max(1, per_host // lanes), host_delay_s * lanes


def lanes_of(rows: int, all_rows: int, tasks: int, per_host: int) -> int:
    """Return over how many tasks the rows of one host are dealt.

    One, where they are less than an eighth of a task's share; else so many that each task gets an
    eighth of its share of them, but no more than tasks or connections to the host.
    """
    eighths = -(-rows * tasks * 8 // all_rows)
    return max(1, min(eighths, tasks, per_host))
