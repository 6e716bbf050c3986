"""Addresses of pictures in a column of a table: ``data/train-0001.parquet?row=17``, rows from 0."""

import re

# Python and Java read it alike: jobs ask it of a column. A web address of this form is no place of ours.
ROW_ADDRESS = r"[^?]*(?i:\.parquet)\?row=(0|[1-9][0-9]{0,14})"
_ROW_ADDRESS = re.compile(ROW_ADDRESS)


def row_url(table: str, row: int | str) -> str:
    """Return the address of a row by the canonical local address of its parquet file."""
    return f"{table}?row={row}"


def row_in(url: str) -> int | None:
    """Return the number of the row that a relative address names; null where it names no row."""
    found = _ROW_ADDRESS.fullmatch(url)
    return None if found is None else int(found.group(1))
