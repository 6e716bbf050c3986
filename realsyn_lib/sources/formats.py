"""The input formats by name: how their files are found, and what turns a record into a document.

A record is one row of what the reader hands over. Both kinds have ``source`` and ``locator``;
a file format adds ``bytes``, a table format its own columns.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from realsyn_lib.documents import Document
from realsyn_lib.errors import InputError, SettingError
from realsyn_lib.sources.html import parse_html
from realsyn_lib.sources.obelics import OBELICS_SCHEMA, parse_obelics

Record = Mapping[str, Any]


@dataclass(frozen=True)
class SourceFormat:
    """One input format.

    Attributes:
        name: what ``--format`` says.
        suffixes: endings of its files, lower case.
        columns: the columns of a parquet format; null where one file is one document.
        parse: record -> document. Never raises for what a record holds.
        size_bytes: record -> bytes it takes, measured before it is parsed.
    """

    name: str
    suffixes: tuple[str, ...]
    columns: pa.Schema | None
    parse: Callable[[Record], Document]
    size_bytes: Callable[[Record], int]


def source_format(name: str) -> SourceFormat:
    """Return the format of that name.

    Raises:
        SettingError: there is none; the message lists those there are.
    """
    if name not in FORMATS:
        raise SettingError(f"--format is {name!r}, expected one of {', '.join(sorted(FORMATS))}")
    return FORMATS[name]


def check_columns(path: str, found: pa.Schema, expected: pa.Schema) -> None:
    """Check that a parquet file has the columns of its format; others are allowed.

    Raises:
        InputError: a column is missing or of another type; names the file and the column.
    """
    wanted = ", ".join(f"{field.name} {field.type}" for field in expected)
    for field in expected:
        if field.name not in found.names:
            raise InputError(f"{path}: no column `{field.name}`; expected the columns {wanted}")
        got = found.field(field.name).type
        if _plain(got) != _plain(field.type):
            raise InputError(
                f"{path}: column `{field.name}` is {got}, expected {field.type}; "
                f"expected the columns {wanted}"
            )


def _plain(kind: pa.DataType) -> str:
    """Name a type regardless of Arrow's large variants and of the names of list members."""
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return f"list<{_plain(kind.value_type)}>"
    return str(kind).removeprefix("large_")


def _parse_html(record: Record) -> Document:
    return parse_html(record["source"], record["source"], record["bytes"] or b"")


def _parse_obelics(record: Record) -> Document:
    return parse_obelics(
        record["source"], record["locator"], *(record[name] for name in OBELICS_SCHEMA.names)
    )


def _size_of_bytes(record: Record) -> int:
    return len(record["bytes"] or b"")


def _size_of_obelics(record: Record) -> int:
    lists = (record["images"] or []) + (record["texts"] or [])
    texts = (*lists, record["metadata"], record["general_metadata"])
    return sum(len(text) for text in texts if text)


FORMATS: dict[str, SourceFormat] = {
    "html": SourceFormat("html", (".html", ".htm", ".xhtml"), None, _parse_html, _size_of_bytes),
    "obelics": SourceFormat(
        "obelics", (".parquet",), OBELICS_SCHEMA, _parse_obelics, _size_of_obelics
    ),
}
