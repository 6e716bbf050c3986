"""What all steps of one takedown share: the warehouse at its head, the requests, a working folder."""

import json
from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa
from pyspark.sql import Column, DataFrame, DataFrameReader
from pyspark.sql.types import StructType

from jobs.commits import FORGETTING
from jobs.compat import arrow_function
from jobs.ledger import Ledger
from jobs.warehouse import Warehouse
from realsyn_lib.opt_out import OptOut
from realsyn_lib.tables import Table

_BROADCAST = "256MB"  # ids of 30 million rows; beyond, rows of a table are shuffled
WORK = "forget"  # below the warehouse's files; there as long as a takedown is not finished


@dataclass(frozen=True)
class Forgetting:
    """One takedown; the locks of all stages are held, so that the head of each table is its newest content.

    Attributes:
        opt_out: all requests, those of earlier lists among them.
        version: of the table opt_out.
        tell: hears of each step.
    """

    warehouse: Warehouse
    ledger: Ledger
    opt_out: OptOut
    version: int
    tell: Callable[[str], None]

    @property
    def note(self) -> dict[str, str]:
        """What every commit is known by; nothing of what it takes out."""
        return {FORGETTING: str(self.version)}

    @property
    def keys(self) -> dict[str, str]:
        """Keys of the session that note it in commits which take no option, and let ids travel to rows."""
        return {
            "spark.databricks.delta.commitInfo.userMetadata": json.dumps(self.note),
            "spark.sql.autoBroadcastJoinThreshold": _BROADCAST,
        }

    def has(self, table: Table) -> bool:
        """Say whether the table is there."""
        return self.warehouse.exists(table.name)

    def rows_of(self, table: Table) -> DataFrame:
        """Read the newest rows of a table."""
        return self.warehouse.read(table)

    def place(self, *parts: str) -> str:
        """Return a path or URI in the working folder."""
        return "/".join((self.warehouse.files, WORK, *parts))

    def stored(self, name: str, rows: DataFrame) -> DataFrame:
        """Evaluate rows once, into a working file: ids and counts, whose size Spark then knows."""
        rows.write.mode("overwrite").parquet(self.place(name))
        return self.reader(rows.schema).parquet(self.place(name))

    def reader(self, schema: StructType | str) -> DataFrameReader:
        """Return a reader of working files; a path may hold letters that Spark takes for patterns."""
        return self.warehouse.spark.read.schema(schema).option("__globPaths__", "false")

    def is_named(self, text: Column) -> Column:
        """Say whether a text holds a value that a request names; not so of null."""
        opt_out = self.opt_out

        def named(texts: pa.Array) -> pa.Array:
            found = [bool(one) and opt_out.names_in(one) for one in texts.to_pylist()]
            return pa.array(found, pa.bool_())

        return arrow_function(named, "boolean")(text)
