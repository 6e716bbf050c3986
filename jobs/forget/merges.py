"""Rows taken out of tables, or changed, by ids that come as a table: no value stands in a commit."""

from collections.abc import Mapping

from pyspark.sql import DataFrame

from jobs.forget.context import Forgetting
from realsyn_lib.tables import Table


def delete_rows(work: Forgetting, table: Table, ids: DataFrame, key: str | None = None) -> int:
    """Delete the rows of a table whose columns of the names of ``ids`` are there; return how many.

    ``key``: the column of the table, where the one of ``ids`` has another name. Only files that hold such a
    row are written anew; where there is none there is no commit.
    """
    if not work.has(table):
        return 0
    pairs = [(name, key or name) for name in ids.columns]
    named = ids.distinct().toDF(*(column for _name, column in pairs))
    found = work.rows_of(table).select(*named.columns)
    rows = found.join(named, named.columns, "left_semi").count()
    if rows:
        condition = " AND ".join(f"t.`{column}` = s.`{column}`" for _name, column in pairs)
        merge = work.warehouse.handle(table.name).alias("t").merge(named.alias("s"), condition)
        merge.whenMatchedDelete().execute()
        work.tell(f"{table.name}: {rows} rows removed")
    return rows


def update_rows(
    work: Forgetting, table: Table, rows: DataFrame, condition: str, values: Mapping[str, str],
    gone: str | None = None,
) -> None:  # fmt: skip
    """Set columns of the rows that match; those where ``gone`` holds are deleted.

    Args:
        work: the takedown.
        table: its rows are ``t`` in all expressions.
        rows: at most one for each row of the table, ``s``.
        condition: which belong together.
        values: SQL of the new values, by column.
        gone: SQL over both; None: no row goes.
    """
    if not work.has(table):
        return
    rows = work.stored(f"changes_{table.name}", rows)
    if rows.isEmpty():
        return
    target = work.warehouse.handle(table.name)
    has = set(
        target.toDF().columns
    )  # of an older version it may lack some, which then hold nothing
    values = {name: value for name, value in values.items() if name in has}
    merge = target.alias("t").merge(rows.alias("s"), condition).withSchemaEvolution()
    if gone is not None:
        merge = merge.whenMatchedDelete(gone)
    if values:
        merge = merge.whenMatchedUpdate(set=values)
    merge.execute()
    work.tell(f"{table.name}: rows changed")


def replace_rows(work: Forgetting, table: Table, rows: DataFrame) -> None:
    """Replace a control table, which is small, in one commit."""
    head, _info = next(iter(work.warehouse.history(table.name)))
    once = (f"{table.name}/forgetting/{head}", work.version)
    work.warehouse.overwrite(table, rows, None, once, work.note)
