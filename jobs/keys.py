"""Proof that a committed table's key is unique."""

from pyspark.sql import DataFrame
from pyspark.sql.functions import count, lit

from realsyn_lib.errors import ContractError
from realsyn_lib.tables import Table


def check_unique(frame: DataFrame, table: Table, stage: str) -> None:
    """Raise where a key occurs twice; reads the key columns only.

    Raises:
        ContractError: names one such key. The stage stops before it publishes.
    """
    twice = frame.groupBy(*table.key).agg(count(lit(1)).alias("rows")).where("rows > 1")
    found = twice.limit(1).collect()
    if found:
        key = ", ".join(f"{name} {found[0][name]}" for name in table.key)
        raise ContractError(
            f"{table.name}, written by {stage}: key ({key}) occurs {found[0]['rows']} times, "
            "expected once; nothing was published: report it with the stage's inputs"
        )
