"""Proof that a committed table's key is unique."""

from pyspark.sql import DataFrame
from pyspark.sql.functions import count, lit, max_by, struct

from realsyn_lib.errors import ContractError
from realsyn_lib.tables import Table


def check_unique(frame: DataFrame, table: Table, stage: str) -> None:
    """Raise where a key occurs twice; reads the key columns only.

    Raises:
        ContractError: names one such key. The stage stops before it publishes.
    """
    rows = frame.groupBy(*table.key).agg(count(lit(1)).alias("rows"))
    worst = rows.agg(max_by(struct("*"), "rows").alias("key")).collect()[0]["key"]
    if worst is not None and worst["rows"] > 1:
        key = ", ".join(f"{name} {worst[name]}" for name in table.key)
        raise ContractError(
            f"{table.name}, written by {stage}: key ({key}) occurs {worst['rows']} times, "
            "expected once; nothing was published: report it with the stage's inputs"
        )
