"""The outcome of one check."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """What was checked, and what is wrong; None where all is well."""

    check: str
    problem: str | None = None
