"""The input formats by name: how their files are found, and what turns a record into a document.

A record is one row of what the reader hands over. All kinds have ``source`` and ``locator``; a
table format adds its own columns, the others ``bytes``, and files of many documents ``url``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from realsyn_lib.documents import Document
from realsyn_lib.errors import InputError, SettingError
from realsyn_lib.sources.columns import parse_columns, size_of_parts
from realsyn_lib.sources.html import parse_html
from realsyn_lib.sources.images import IMAGES_LAYOUT, parse_images
from realsyn_lib.sources.img2dataset import IMG2DATASET_LAYOUT, parse_img2dataset
from realsyn_lib.sources.json_lines import read_json_lines
from realsyn_lib.sources.mint1t import (
    MINT1T_LAYOUT,
    MINT1T_SCHEMA,
    parse_mint1t,
    parse_mint1t_sample,
)
from realsyn_lib.sources.mmc4 import parse_mmc4
from realsyn_lib.sources.obelics import OBELICS_SCHEMA, parse_obelics
from realsyn_lib.sources.omnicorpus import (
    OMNICORPUS_SCHEMA,
    OMNICORPUS_STATED,
    parse_omnicorpus,
)
from realsyn_lib.sources.records import ReadRecords
from realsyn_lib.sources.samples import PICTURES, TEXTS, SampleLayout, size_of_sample
from realsyn_lib.sources.stored_pictures import BYTES, PICTURE, type_in_words
from realsyn_lib.sources.warc import parse_warc, read_warc

Record = Mapping[str, Any]


@dataclass(frozen=True)
class SourceFormat:
    """One input format.

    Attributes:
        name: what ``--format`` says.
        suffixes: endings of its files, lower case.
        columns: the columns of a parquet format; else null.
        parse: record -> document. Never raises for what a record holds.
        size_bytes: record -> bytes it takes, measured before it is parsed.
        read_records: finds the documents in a file of many; null where it is parquet or one document.
        optional: columns that its files may lack, or have with other fields.
        parts: column -> its name in a record, where that is another one.
        samples: what is read of its archives and open pictures, where it has such.
        is_fetched: whether pictures have addresses of their own although their bytes lie in the input; then
            a document's address is the place of its picture.
    """

    name: str
    suffixes: tuple[str, ...]
    columns: pa.Schema | None
    parse: Callable[[Record], Document]
    size_bytes: Callable[[Record], int]
    read_records: ReadRecords | None = None
    optional: pa.Schema | None = None
    samples: SampleLayout | None = None
    is_fetched: bool = False
    parts: Mapping[str, str] | None = None

    @property
    def has_text(self) -> bool:
        """Whether its documents may hold text at all."""
        return self.samples is None or self.columns is not None or bool(self.samples.texts)


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
    wanted, here = columns_in_words(expected), columns_in_words(found)
    for field in expected:
        if field.name not in found.names:
            raise InputError(
                f"{path}: no column `{field.name}`; expected the columns {wanted}; it has {here}"
            )
        got = found.field(field.name).type
        if not holds(got, field.type):
            raise InputError(
                f"{path}: column `{field.name}` is {got}, expected {type_in_words(field.type)}; "
                f"expected the columns {wanted}"
            )


def columns_in_words(columns: pa.Schema) -> str:
    """Return columns with their types, shortened."""
    shown = [f"{field.name} {type_in_words(field.type)}"[:200] for field in columns]
    return ", ".join(shown[:30]) + (f" and {len(shown) - 30} more" if len(shown) > 30 else "")


def has_columns(found: pa.Schema, expected: pa.Schema) -> bool:
    """Tell whether a parquet file has the columns of a format, in types that can be read as them."""
    return all(
        field.name in found.names and holds(found.field(field.name).type, field.type)
        for field in expected
    )


def holds(got: pa.DataType, wanted: pa.DataType) -> bool:
    """Compare types regardless of how Arrow stores them: large, as views, as dictionaries.

    Names of list members and further fields of structs do not count either; a picture may stand in a struct
    or by itself.
    """
    if pa.types.is_dictionary(got):
        return holds(got.value_type, wanted)
    if wanted == PICTURE and not pa.types.is_struct(got):
        return holds(got, BYTES)
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
    return str(got).removeprefix("large_").removesuffix("_view") == str(wanted)


def _parse_html(record: Record) -> Document:
    return parse_html(record["source"], record["source"], record["bytes"] or b"")


def _parse_mmc4(record: Record) -> Document:
    return parse_mmc4(record["source"], record["locator"], record["bytes"] or b"")


def _parse_warc(record: Record) -> Document:
    return parse_warc(record["source"], record["locator"], record["url"], record["bytes"] or b"")


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
        name, (".parquet",), columns, _of_columns(parse, columns), _size_of_slots, optional=optional
    )


def _table_or_samples(
    name: str, columns: pa.Schema, parse: Callable[..., Document],
    layout: SampleLayout, parse_sample: Callable[[Record], Document],
) -> tuple[str, SourceFormat]:  # fmt: skip
    """A table, and archives beside it or in its place; a record of these has ``members``."""
    parse_row = _of_columns(parse, columns)

    def parse_either(record: Record) -> Document:
        return parse_row(record) if record.get("members") is None else parse_sample(record)

    def size_of_either(record: Record) -> int:
        is_row = record.get("members") is None
        return _size_of_slots(record) if is_row else size_of_sample(record)

    suffixes = (".parquet", ".tar")
    return name, SourceFormat(name, suffixes, columns, parse_either, size_of_either, samples=layout)


def _samples(
    name: str, kinds: tuple[str, ...], layout: SampleLayout, parse: Callable[[Record], Document],
    is_fetched: bool = False,
) -> tuple[str, SourceFormat]:  # fmt: skip
    suffixes = (".tar", *(f".{kind}" for kind in kinds))
    return name, SourceFormat(
        name, suffixes, None, parse, size_of_sample, samples=layout, is_fetched=is_fetched
    )


FORMATS: dict[str, SourceFormat] = dict([
    ("columns", SourceFormat("columns", (".parquet",), pa.schema([]), parse_columns, size_of_parts)),
    ("html", SourceFormat("html", (".html", ".htm", ".xhtml"), None, _parse_html, _size_of_bytes)),
    _samples("images", PICTURES, IMAGES_LAYOUT, parse_images),
    _samples("img2dataset", (*PICTURES, *TEXTS), IMG2DATASET_LAYOUT, parse_img2dataset, True),
    _table_or_samples("mint1t", MINT1T_SCHEMA, parse_mint1t, MINT1T_LAYOUT, parse_mint1t_sample),
    ("mmc4", SourceFormat(
        "mmc4", (".jsonl", ".jsonl.gz", ".zip"), None, _parse_mmc4, _size_of_bytes, read_json_lines
    )),
    _table("obelics", OBELICS_SCHEMA, parse_obelics),
    _table("omnicorpus", OMNICORPUS_SCHEMA, parse_omnicorpus, OMNICORPUS_STATED),
    ("warc", SourceFormat(
        "warc", (".warc", ".warc.gz", ".warc.zst"), None, _parse_warc, _size_of_bytes, read_warc
    )),
])  # fmt: skip
