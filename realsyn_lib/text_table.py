"""Rows as a plain text table that no cell can break: one line a row, nothing but printable text."""

from collections.abc import Sequence

MAX_CELL_CHARS = 80


def text_table(
    names: Sequence[str], rows: Sequence[Sequence[object]], max_cell_chars: int = MAX_CELL_CHARS
) -> str:
    """Return a header, a rule and one line for each row; columns of numbers are set to the right.

    Args:
        names: column names.
        rows: values, as many in each row as there are names; None is an empty cell.
        max_cell_chars: longer cells end in an ellipsis.
    """
    cells = [[_cell(value, max_cell_chars) for value in row] for row in rows]
    widths = [
        max(len(name), *(len(row[place]) for row in cells)) if cells else len(name)
        for place, name in enumerate(names)
    ]
    right = [_is_numeric([row[place] for row in rows]) for place in range(len(names))]
    lines = [_line(names, widths, right), "  ".join("-" * width for width in widths)]
    return "\n".join([*lines, *(_line(row, widths, right) for row in cells)])


def one_line(text: str, max_chars: int) -> str:
    """Return text of the web for a terminal: no control letter acts, the end is cut."""
    shown = "".join(
        letter if letter.isprintable() else _escaped(letter) for letter in text[: max_chars + 1]
    )
    return shown if len(shown) <= max_chars else shown[: max_chars - 1] + "\u2026"


def _escaped(letter: str) -> str:
    return " " if letter in "\n\t" else letter.encode("unicode_escape").decode()


def _cell(value: object, max_chars: int) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list):
        inner = ", ".join(_cell(item, max_chars) for item in value[:max_chars])
        return one_line(f"[{inner}]", max_chars)
    return one_line(str(value), max_chars)


def _is_numeric(values: Sequence[object]) -> bool:
    known = [value for value in values if value is not None]
    return bool(known) and all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in known
    )


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = [
        cell.rjust(width) if to_right else cell.ljust(width)
        for cell, width, to_right in zip(cells, widths, right, strict=True)
    ]
    return "  ".join(padded).rstrip()
