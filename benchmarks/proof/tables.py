"""Results as Markdown: each arm's figures, and the differences that the hypothesis is about."""

import numpy as np

from benchmarks.proof.datasets import ARMS, SAMPLINGS
from benchmarks.proof.intervals import Estimate, estimate

Figures = dict[str, dict[str, np.ndarray]]  # "sampling arm" -> figure -> (seeds, pictures)
SHOWN = (
    "classes held-back",
    "classes seen",
    "retrieval held-back R@5",
    "retrieval seen R@5",
    "retrieval seen R@1",
)
_ORDER = (("d", "c"), ("c", "b"), ("b", "a"))


def arm_rows(figures: Figures) -> list[str]:
    """Return the table of means with intervals, in per cent."""
    rows = [_row("sampling", "texts", *SHOWN), _row(*["---"] * (2 + len(SHOWN)))]
    for sampling in SAMPLINGS:
        for arm, meaning in ARMS.items():
            found = figures[f"{sampling} {arm}"]
            cells = [_percent(estimate(found[name])) for name in SHOWN]
            rows.append(_row(sampling, f"({arm}) {meaning}", *cells))
    return rows


def difference_rows(figures: Figures) -> list[str]:
    """Return the table of differences, in points, with the runs in which the sign is as said."""
    rows = [_row("difference", *SHOWN), _row(*["---"] * (1 + len(SHOWN)))]
    for more, less in _ORDER:
        cells = [_difference(_of_arms(figures, more, less, name)) for name in SHOWN]
        rows.append(_row(f"({more}) - ({less})", *cells))
    for arm in ARMS:
        cells = [
            _difference(figures[f"balanced {arm}"][name] - figures[f"random {arm}"][name])
            for name in SHOWN
        ]
        rows.append(_row(f"balanced - random, ({arm})", *cells))
    return rows


def agreement_rows(agreements: dict[str, dict[str, float]]) -> list[str]:
    """Return the table of how far texts say what is in their pictures."""
    rows = [
        _row("sampling", "texts", "name any thing", "named things that are there", "things named"),
        _row(*["---"] * 5),
    ]
    for key, found in agreements.items():
        sampling, arm = key.split()
        shares = [f"{100 * found[name]:.0f} %" for name in ("telling", "right", "covered")]
        rows.append(_row(sampling, f"({arm}) {ARMS[arm]}", *shares))
    return rows


def _of_arms(figures: Figures, more: str, less: str, name: str) -> np.ndarray:
    """Return (samplings x seeds, pictures): both samplings count as runs."""
    return np.concatenate(
        [figures[f"{s} {more}"][name] - figures[f"{s} {less}"][name] for s in SAMPLINGS]
    )


def _difference(values: np.ndarray) -> str:
    found = estimate(values)
    above = int((values.mean(axis=1) > 0).sum())
    return f"{_percent(found, '+.1f')}, {above} of {len(values)}"


def _percent(found: Estimate, form: str = ".1f") -> str:
    mean, low, high = (format(100 * value, form) for value in (found.mean, found.low, found.high))
    return f"{mean} [{low}, {high}]"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
