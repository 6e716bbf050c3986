"""Draws docs/figures/*.svg from the .yaml files beside them and the stages' declarations.

`.venv/bin/python docs/make_figures.py` writes the files; a test holds them to what this makes.
"""

import textwrap
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import yaml

from realsyn_lib.stages import STAGES, StageSpec

FIGURES = Path(__file__).parent / "figures"
WIDTH = 720
MARGIN = 24
STEP_WIDTH = 400
OUT_LEFT = 470
LINE = 18
CODE_WIDTH = 7.3  # of a letter of the 12 px code font
NOTE_LETTERS = 62
BOX = (190, 34)  # of a stage in the overview, px
ROW = 62

# Own colours on an own ground: a picture of a page does not know whether the page is dark.
STYLE = """
text { font: 13px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1d2733 }
.note { font-size: 12px; fill: #46535f }
.where { font-size: 11px; fill: #5b6873; text-anchor: end }
.code { font: 12px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace }
.title { font-weight: 600 }
.ground { fill: #fbfcfd; stroke: #d5dde3 }
.table { fill: #e3eefb; stroke: #5b87b8 }
.step { fill: #ffffff; stroke: #8696a3 }
.out { fill: #fdeee6; stroke: #c7774a }
.flow { stroke: #46535f; fill: none; marker-end: url(#tip) }
.leave { stroke: #c7774a; fill: none }
"""
TIP = (
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
    'orient="auto">'
    '<path d="M0 0 8 4 0 8z" fill="#46535f"/></marker></defs>'
)


@dataclass(frozen=True)
class Drawn:
    """Marks, and the y at which what follows may begin."""

    marks: list[str]
    bottom: float


def figure(spec: StageSpec, entry: dict[str, Any]) -> str:
    """Return the SVG of one stage: its tables, its steps, what leaves at each, what it writes."""
    source = _boxes([*spec.reads, *entry.get("takes", [])], MARGIN)
    marks, top = list(source.marks), source.bottom
    for step in entry["steps"]:
        marks.append(_arrow(top, top + 22))
        drawn = _step(step, top + 22)
        marks += drawn.marks
        top = drawn.bottom
    marks.append(_arrow(top, top + 22))
    target = _boxes([*spec.writes, *entry.get("adds", [])], top + 22)
    names = ", ".join(step["step"].lower() for step in entry["steps"])
    return _drawing(target.bottom + MARGIN, f"{spec.name}: {names}", [*marks, *target.marks])


def _boxes(names: list[str], top: float) -> Drawn:
    """Return boxes of names side by side, on as many lines as they need."""
    marks: list[str] = []
    left, line = float(MARGIN), top
    for name in names:
        width = len(name) * CODE_WIDTH + 18
        if left + width > WIDTH - MARGIN and left > MARGIN:
            left, line = float(MARGIN), line + 34
        marks.append(_box("table", left, line, width, 26))
        marks.append(_text("code", left + 9, line + 17, name))
        left += width + 10
    return Drawn(marks, line + 26)


def _step(step: dict[str, Any], top: float) -> Drawn:
    """Return a step's box, and at its right the words of the rows that leave there."""
    notes = textwrap.wrap(step.get("note", ""), NOTE_LETTERS)
    outs = _out_lines(step.get("out", []))
    height = max(20 + LINE * (1 + len(notes)) - 4, 12 + 24 * len(outs))
    marks = [_box("step", MARGIN, top, STEP_WIDTH, height)]
    marks.append(_text("title", MARGIN + 12, top + 22, step["step"]))
    marks.append(_text("where", MARGIN + STEP_WIDTH - 10, top + 22, step["where"]))
    marks += [
        _text("note", MARGIN + 12, top + 22 + LINE * n, note) for n, note in enumerate(notes, 1)
    ]
    if outs:
        middle = top + height / 2
        marks.append(f'<path class="leave" d="M{MARGIN + STEP_WIDTH} {middle:g}H{OUT_LEFT - 6}"/>')
        first = middle - 12 * len(outs)
        marks += [mark for n, line in enumerate(outs) for mark in _pills(line, first + 24 * n)]
    return Drawn(marks, top + height)


def _out_lines(words: list[str]) -> list[list[str]]:
    """Deal the words over lines that fit at the right."""
    lines: list[list[str]] = []
    for word in words:
        room = WIDTH - MARGIN - OUT_LEFT
        used = sum(len(other) * CODE_WIDTH + 20 for other in lines[-1]) if lines else room
        if used + len(word) * CODE_WIDTH + 14 > room:
            lines.append([])
        lines[-1].append(word)
    return lines


def _pills(words: list[str], top: float) -> list[str]:
    marks, left = [], float(OUT_LEFT)
    for word in words:
        width = len(word) * CODE_WIDTH + 14
        marks.append(_box("out", left, top + 2, width, 20, 10))
        marks.append(_text("code", left + 7, top + 16, word))
        left += width + 6
    return marks


def _arrow(start: float, end: float) -> str:
    x = MARGIN + 32
    return f'<path class="flow" d="M{x:g} {start:g}V{end - 1:g}"/>'


def _box(style: str, x: float, y: float, width: float, height: float, radius: int = 5) -> str:
    place = f'x="{x:g}" y="{y:g}" width="{width:.0f}" height="{height:g}" rx="{radius}"'
    return f'<rect class="{style}" {place}/>'


def _text(style: str, x: float, y: float, text: str) -> str:
    return f'<text class="{style}" x="{x:g}" y="{y:g}">{escape(text)}</text>'


def overview(entry: dict[str, Any]) -> str:
    """Return the SVG of all stages in their places, with what hands tables to what."""
    places = {name: _place(*cell) for name, cell in entry["places"].items()}
    height = max(y for _x, y in places.values()) + BOX[1] + MARGIN
    marks = [_flow(places[source], places[target]) for source, target in entry["flows"]]
    for name, (x, y) in places.items():
        marks.append(_box("step", x, y, *BOX))
        marks.append(_text("code", x + (BOX[0] - len(name) * CODE_WIDTH) / 2, y + 21, name))
    return _drawing(height, "the fifteen stages and how their tables flow", marks)


def _place(column: int, row: int) -> tuple[float, float]:
    """Return the left upper corner of a stage's box."""
    return MARGIN + column * (WIDTH - 2 * MARGIN - BOX[0]) / 2, MARGIN + row * ROW


def _flow(source: tuple[float, float], target: tuple[float, float]) -> str:
    """Return an arrow from a box to one below it, or from its side to one beside it."""
    (x, y), (to_x, to_y) = source, target
    middle, to_middle = x + BOX[0] / 2, to_x + BOX[0] / 2
    if x == to_x:
        return f'<path class="flow" d="M{middle:g} {y + BOX[1]:g}V{to_y - 1:g}"/>'
    bend = to_y - (ROW - BOX[1]) / 2
    return (
        f'<path class="flow" d="M{middle:g} {y + BOX[1]:g}V{bend:g}H{to_middle:g}V{to_y - 1:g}"/>'
    )


def _drawing(height: float, title: str, marks: list[str]) -> str:
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" '
            f'height="{height:g}" role="img">',
            f"<title>{escape(title)}</title>",
            f"<style>{STYLE}</style>{TIP}",
            f'<rect class="ground" x=".5" y=".5" width="{WIDTH - 1}" height="{height - 1:g}" rx="8"/>',
            *marks,
            "</svg>\n",
        ]
    )


def figures() -> dict[str, str]:
    """Return every figure, by file name."""
    entries, whole = (
        yaml.safe_load((FIGURES / name).read_text(encoding="utf-8"))
        for name in ("stages.yaml", "overview.yaml")
    )
    drawn = {f"{spec.name}.svg": figure(spec, entries[spec.name]) for spec in STAGES}
    return {"overview.svg": overview(whole), **drawn}


if __name__ == "__main__":
    for name, drawing in figures().items():
        (FIGURES / name).write_text(drawing, encoding="utf-8")
