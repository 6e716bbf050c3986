"""Every published table as a temporary view; vectors are decoded only where a query selects them."""

from pyspark.sql import Column, DataFrame
from pyspark.sql.functions import col

from jobs.compat import arrow_function
from jobs.published import Published
from realsyn_lib.embeddings import CENTROID_TYPE, EMBEDDING_TYPE
from realsyn_lib.tables import ALL_TABLES, Table
from udfs.vector_arrays import vector_arrays

VECTOR_COLUMNS = {
    "embedding": EMBEDDING_TYPE,
    "feature": EMBEDDING_TYPE,
    "centroid": CENTROID_TYPE,
}


def create_views(published: Published, tables: tuple[Table, ...] = ALL_TABLES) -> list[str]:
    """Make a temporary view of each of the tables that is published; return their names.

    A view left by an earlier warehouse of the same session goes.
    """
    made = []
    for table in tables:
        if published.has(table):
            view = with_arrays(published.read(table), table)
            view.createOrReplaceTempView(table.name)
            made.append(table.name)
        else:
            published.warehouse.spark.catalog.dropTempView(table.name)
    return made


def with_arrays(frame: DataFrame, table: Table) -> DataFrame:
    """Return the table with its vectors as array<float>."""
    return frame.select(*(_shown(column.name, column.type) for column in table.columns))


def _shown(name: str, kind: str) -> Column:
    dtype = VECTOR_COLUMNS.get(name)
    if dtype is None or kind != "binary":
        return col(name)
    decode = arrow_function(vector_arrays(dtype), "array<float>")
    return decode(col(name)).alias(name)
