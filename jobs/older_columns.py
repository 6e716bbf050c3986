"""Tables of an older version read as they are declared now: what it did not know is null."""

from pyspark.sql import Column, DataFrame
from pyspark.sql.functions import lit, struct, transform, when
from pyspark.sql.types import ArrayType, DataType, StructType

from realsyn_lib.tables import Table


def as_declared(frame: DataFrame, table: Table) -> DataFrame:
    """Return the frame with the columns, and the fields inside of columns, that it lacks and may be null.

    Any other difference is left for a check to name.
    """
    found = dict(frame.dtypes)
    lacking = {
        c.name: lit(None).cast(c.type) for c in table.columns if c.nullable and c.name not in found
    }
    for column in table.columns:
        if column.name in found and found[column.name] != column.type.replace(" ", ""):
            now = frame.sparkSession.createDataFrame([], table.ddl()).schema[column.name].dataType
            was = frame.schema[column.name].dataType
            lacking[column.name] = _with_fields(frame[column.name], was, now)
    return frame.withColumns(lacking) if lacking else frame


def _with_fields(value: Column, found: DataType, declared: DataType) -> Column:
    """Return a value with the fields of structs that only its declaration has, as nulls."""
    if isinstance(found, ArrayType) and isinstance(declared, ArrayType):
        inner, wanted = found.elementType, declared.elementType
        return transform(value, lambda element: _with_fields(element, inner, wanted))
    if not (isinstance(found, StructType) and isinstance(declared, StructType)):
        return value
    if not set(found.names) <= set(declared.names):
        return value
    fields = [
        _with_fields(value[field.name], found[field.name].dataType, field.dataType)
        if field.name in found.names
        else lit(None).cast(field.dataType)
        for field in declared
    ]
    named = struct(*(one.alias(field.name) for one, field in zip(fields, declared, strict=True)))
    return when(value.isNotNull(), named)
