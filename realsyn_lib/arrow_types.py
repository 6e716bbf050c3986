"""Spark SQL type strings as Arrow types, for UDF outputs that must match exactly, and tables as bytes."""

import pyarrow as pa

_SIMPLE = {
    "bigint": pa.int64(),
    "int": pa.int32(),
    "string": pa.string(),
    "float": pa.float32(),
    "double": pa.float64(),
    "binary": pa.binary(),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}


def arrow_type(spark_type: str) -> pa.DataType:
    """Return the Arrow type of a Spark SQL type such as ``array<struct<a:int,b:string>>``.

    Raises:
        ValueError: the type is not one that this project's tables use.
    """
    text = spark_type.strip()
    if text in _SIMPLE:
        return _SIMPLE[text]
    kind, _, inner = text.partition("<")
    if not inner.endswith(">"):
        raise ValueError(f"arrow_type: got {spark_type!r}, expected one of {sorted(_SIMPLE)}")
    parts = _split(inner[:-1])
    if kind == "array":
        return pa.list_(arrow_type(parts[0]))
    if kind == "map":
        return pa.map_(arrow_type(parts[0]), arrow_type(parts[1]))
    if kind == "struct":
        pairs = [part.split(":", 1) for part in parts]
        return pa.struct([(name.strip(), arrow_type(inner_type)) for name, inner_type in pairs])
    raise ValueError(f"arrow_type: got {spark_type!r}, expected array, map or struct")


def arrow_schema(ddl: str) -> pa.Schema:
    """Return the Arrow schema of a DDL string such as ``id bigint, tags array<string>``.

    Raises:
        ValueError: a type that is not one of this project's.
    """
    parts = (part.strip().split(" ", 1) for part in _split(ddl))
    return pa.schema([(name, arrow_type(kind)) for name, kind in parts])


def stream_bytes(table: pa.Table) -> bytes:
    """Return a table as an Arrow stream: small tables travel with a task like that."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return bytes(sink.getvalue().to_pybytes())


def _split(inner: str) -> list[str]:
    """Split at the commas that are not inside angle brackets."""
    parts, depth, start = [], 0, 0
    for index, letter in enumerate(inner):
        depth += {"<": 1, ">": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            parts.append(inner[start:index])
            start = index + 1
    return [*parts, inner[start:]]
