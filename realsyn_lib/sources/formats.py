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
from realsyn_lib.sources.columns import parse_columns, size_of_parts
from realsyn_lib.sources.html import parse_html
from realsyn_lib.sources.mint1t import MINT1T_SCHEMA, parse_mint1t
from realsyn_lib.sources.obelics import OBELICS_SCHEMA, parse_obelics
from realsyn_lib.sources.omnicorpus import (
    OMNICORPUS_SCHEMA,
    OMNICORPUS_STATED,
    parse_omnicorpus,
)

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
        optional: columns that its files may lack, or have with other fields.
        parts: column -> its name in a record, where that is another one.
    """

    name: str
    suffixes: tuple[str, ...]
    columns: pa.Schema | None
    parse: Callable[[Record], Document]
    size_bytes: Callable[[Record], int]
    optional: pa.Schema | None = None
    parts: Mapping[str, str] | None = None


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
    wanted, here = _in_words(expected), _in_words(found)
    for field in expected:
        if field.name not in found.names:
            raise InputError(
                f"{path}: no column `{field.name}`; expected the columns {wanted}; it has {here}"
            )
        got = found.field(field.name).type
        if not holds(got, field.type):
            raise InputError(
                f"{path}: column `{field.name}` is {got}, expected {field.type}; "
                f"expected the columns {wanted}"
            )


def _in_words(columns: pa.Schema) -> str:
    shown = [f"{field.name} {field.type}"[:200] for field in columns]
    return ", ".join(shown[:30]) + (f" and {len(shown) - 30} more" if len(shown) > 30 else "")


def holds(got: pa.DataType, wanted: pa.DataType) -> bool:
    """Compare types regardless of Arrow's large variants, of names of list members, of more fields."""
    if pa.types.is_struct(wanted):
        if not pa.types.is_struct(got):
            return False
        places = {field.name: got.get_field_index(field.name) for field in wanted}
        return all(
            places[field.name] >= 0 and holds(got.field(places[field.name]).type, field.type)
            for field in wanted
        )
    if pa.types.is_list(wanted):
        is_list = pa.types.is_list(got) or pa.types.is_large_list(got)
        return is_list and holds(got.value_type, wanted.value_type)
    return str(got).removeprefix("large_") == str(wanted)


def _parse_html(record: Record) -> Document:
    return parse_html(record["source"], record["source"], record["bytes"] or b"")


def _of_columns(parse: Callable[..., Document], columns: pa.Schema) -> Callable[[Record], Document]:
    """Return ``parse`` as a function of a record: source, locator and the format's columns."""
    names = ("source", "locator", *columns.names)
    return lambda record: parse(*(record[name] for name in names))


def _size_of_bytes(record: Record) -> int:
    return len(record["bytes"] or b"")


def _size_of_slots(record: Record) -> int:
    lists = (record["images"] or []) + (record["texts"] or [])
    return sum(len(text) for text in (*lists, *_metadata_of(record)) if text)


def _metadata_of(record: Record) -> list[str]:
    columns = (record.get(name) for name in ("metadata", "general_metadata"))
    return [column for column in columns if isinstance(column, str)]


def _table(
    name: str, columns: pa.Schema, parse: Callable[..., Document],
    optional: pa.Schema | None = None,
) -> tuple[str, SourceFormat]:  # fmt: skip
    return name, SourceFormat(
        name, (".parquet",), columns, _of_columns(parse, columns), _size_of_slots, optional
    )


FORMATS: dict[str, SourceFormat] = dict([
    ("columns", SourceFormat("columns", (".parquet",), pa.schema([]), parse_columns, size_of_parts)),
    ("html", SourceFormat("html", (".html", ".htm", ".xhtml"), None, _parse_html, _size_of_bytes)),
    _table("mint1t", MINT1T_SCHEMA, parse_mint1t),
    _table("obelics", OBELICS_SCHEMA, parse_obelics),
    _table("omnicorpus", OMNICORPUS_SCHEMA, parse_omnicorpus, OMNICORPUS_STATED),
])  # fmt: skip
