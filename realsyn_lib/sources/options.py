"""Formats whose reading depends on settings: one's own columns, and what OmniCorpus states."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa

from realsyn_lib.documents import Document
from realsyn_lib.sources.columns import own_columns, parser_of, size_of
from realsyn_lib.sources.formats import Record, SourceFormat, holds, source_format
from realsyn_lib.sources.omnicorpus import StatedRules, parse_omnicorpus


@dataclass(frozen=True)
class SourceOptions:
    """The settings that say how a format is read.

    Attributes:
        columns: pairs of a part and the name of its column, for the format ``columns``.
        stated: what sizes that a dataset states are held to.
    """

    columns: tuple[tuple[str, str], ...] = ()
    stated: StatedRules = field(default_factory=StatedRules)


BY_DEFAULT = SourceOptions()


def format_for(name: str, options: SourceOptions) -> SourceFormat:
    """Return the format of that name as the settings want it read.

    Raises:
        SettingError: there is none of that name, or the settings of its columns do not fit.
    """
    form = source_format(name)
    if name == "columns":
        names = dict(options.columns)
        return replace(
            form, columns=own_columns(names), parse=parser_of(names), size_bytes=size_of(names)
        )
    if name == "omnicorpus":
        return replace(form, parse=lambda record: _parse_stated(record, options.stated))
    return form


def with_optional(
    columns: pa.Schema, optional: pa.Schema | None, files: Sequence[pa.Schema]
) -> pa.Schema:
    """Return a format's columns and those optional ones that the files can be read with.

    Args:
        columns: what every file has.
        optional: lists of structs that some files may lack, or have with other fields.
        files: the columns of each file.

    Returns:
        Of an optional column the fields that each file which has the column has in the stated type:
        one schema reads all files, and what a file lacks is null.
    """
    found = list(columns)
    for column in optional or ():
        having = [file.field(column.name).type for file in files if column.name in file.names]
        wanted = column.type.value_type
        parts = [part for part in wanted if having and all(_has(got, part) for got in having)]
        if parts:
            found.append(pa.field(column.name, pa.list_(pa.struct(parts))))
    return pa.schema(found)


def _has(got: pa.DataType, part: pa.Field) -> bool:
    return holds(got, pa.list_(pa.struct([part])))


def _parse_stated(record: Record, rules: StatedRules) -> Document:
    return parse_omnicorpus(
        record["source"], record["locator"], record["images"], record["texts"],
        record["general_metadata"], record.get("metadata"), rules,
    )  # fmt: skip
