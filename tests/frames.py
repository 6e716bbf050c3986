"""Rows of declared tables, written short: what a test does not say is null."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from pyspark.sql import DataFrame, Row, SparkSession

from realsyn_lib.tables import Table

_VECTORS = {"embedding": np.float16, "feature": np.float16, "centroid": np.float32}


def frame(spark: SparkSession, table: Table, rows: Iterable[Mapping[str, object]]) -> DataFrame:
    """Return rows of a table; vectors may be given as lists of numbers."""
    values = [tuple(_value(name, row.get(name)) for name in table.names) for row in rows]
    return spark.createDataFrame(values, table.schema_of())


def vector(*numbers: float) -> bytes:
    """Return a unit vector as it is stored."""
    found = np.array(numbers, np.float64)
    return (found / np.linalg.norm(found)).astype(np.float16).tobytes()


def rows_of(rows: DataFrame, *names: str) -> list[tuple[object, ...]]:
    """Return the named columns as sorted tuples."""
    return sorted((tuple(row) for row in _collected(rows.select(*names))), key=repr)


def _collected(rows: DataFrame) -> Sequence[Row]:
    return rows.collect()


def _value(name: str, value: object) -> object:
    kind = _VECTORS.get(name)
    return np.array(value, kind).tobytes() if kind and isinstance(value, list) else value
