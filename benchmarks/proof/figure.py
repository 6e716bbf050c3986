"""Results as one SVG: a panel a figure, the arms side by side, intervals as lines, chance dashed."""

import math
from html import escape

from benchmarks.proof.datasets import ARMS, SAMPLINGS
from benchmarks.proof.intervals import Estimate, estimate
from benchmarks.proof.scenes import HELD_BACK, SEEN
from benchmarks.proof.tables import Figures

_PANELS = {
    "classes held-back": f"Zero-shot, {len(HELD_BACK)} held-back kinds",
    "classes seen": f"Zero-shot, {len(SEEN)} seen kinds, new pictures",
    "retrieval held-back R@5": "Retrieval R@5, held-back kinds",
    "retrieval seen R@5": "Retrieval R@5, new scenes",
}
_COLOUR = {"random": "#8a6d3b", "balanced": "#1f6fb2"}
_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 300, 260, 44, 40, 56
_COLUMNS = 2


def figure_svg(figures: Figures) -> str:
    """Return the drawing, on white: it is read in documents of either theme."""
    width, rows = _COLUMNS * _WIDTH, -(-len(_PANELS) // _COLUMNS)
    height = rows * _HEIGHT + 44
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="sans-serif" font-size="12" role="img" '
        'aria-label="Zero-shot accuracy and retrieval by texts and sampling">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    for number, (name, title) in enumerate(_PANELS.items()):
        across, down = number % _COLUMNS * _WIDTH, number // _COLUMNS * _HEIGHT
        parts.append(
            f'<g transform="translate({across} {down})">{_panel(figures, name, title)}</g>'
        )
    return "\n".join([*parts, _legend(height - 34), "</svg>"]) + "\n"


def _panel(figures: Figures, name: str, title: str) -> str:
    found = {
        (arm, sampling): estimate(figures[f"{sampling} {arm}"][name])
        for arm in ARMS
        for sampling in SAMPLINGS
    }
    top = max(0.1, math.ceil(10 * max(one.high for one in found.values())) / 10)
    parts = [f'<text x="{_LEFT}" y="24" font-weight="bold">{escape(title)}</text>', _axis(top)]
    parts.append(_line(_chance(figures, name), top, "#b33", "4 3"))
    step = (_WIDTH - _LEFT - 16) / len(ARMS)
    for place, arm in enumerate(ARMS):
        middle = _LEFT + step * (place + 0.5)
        parts.append(
            f'<text x="{middle:.1f}" y="{_HEIGHT - _BOTTOM + 18}" text-anchor="middle">({arm})</text>'
        )
        for side, sampling in zip((-9, 9), SAMPLINGS, strict=True):
            parts.append(_mark(found[arm, sampling], middle + side, top, sampling))
    return "".join(parts)


def _chance(figures: Figures, name: str) -> float:
    """Return what guessing would reach."""
    if name.startswith("classes"):
        return 1 / len(HELD_BACK if name == "classes held-back" else SEEN)
    pictures = next(iter(figures.values()))[name].shape[1]
    return min(1.0, int(name.rsplit("@", 1)[1]) / pictures)


def _axis(top: float) -> str:
    lines = []
    for tick in range(round(10 * top) + 1):
        lines.append(_line(tick / 10, top, "#ddd"))
        lines.append(
            f'<text x="{_LEFT - 6}" y="{_y(tick / 10, top) + 4:.1f}" text-anchor="end" '
            f'fill="#555">{10 * tick} %</text>'
        )
    return "".join(lines)


def _line(value: float, top: float, colour: str, dashes: str = "none") -> str:
    at = _y(value, top)
    return (
        f'<line x1="{_LEFT}" x2="{_WIDTH - 16}" y1="{at:.1f}" y2="{at:.1f}" stroke="{colour}" '
        f'stroke-dasharray="{dashes}"/>'
    )


def _mark(found: Estimate, x: float, top: float, sampling: str) -> str:
    low, mean, high = (_y(value, top) for value in (found.low, found.mean, found.high))
    colour = _COLOUR[sampling]
    return (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{low:.1f}" y2="{high:.1f}" stroke="{colour}" '
        f'stroke-width="2"/><circle cx="{x:.1f}" cy="{mean:.1f}" r="4.5" fill="{colour}">'
        f"<title>{sampling}: {100 * found.mean:.1f} %</title></circle>"
    )


def _y(value: float, top: float) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _BOTTOM - _TOP) * value / top


def _legend(y: int) -> str:
    parts = []
    for place, sampling in enumerate(SAMPLINGS):
        x = _LEFT + place * 110
        parts.append(
            f'<circle cx="{x}" cy="{y - 4}" r="4.5" fill="{_COLOUR[sampling]}"/>'
            f'<text x="{x + 10}" y="{y}">{sampling}</text>'
        )
    parts.append(
        f'<line x1="{_LEFT + 220}" x2="{_LEFT + 244}" y1="{y - 4}" y2="{y - 4}" stroke="#b33" '
        f'stroke-dasharray="4 3"/><text x="{_LEFT + 250}" y="{y}">chance</text>'
    )
    words = "; ".join(f"({arm}) {meaning}" for arm, meaning in ARMS.items())
    below = f'<text x="{_LEFT - 6}" y="{y + 20}" font-size="11">{escape(words)}</text>'
    return "".join(parts) + below
