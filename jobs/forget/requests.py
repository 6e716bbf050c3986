"""A list -> rows of ``opt_out``: digests of what is named, each once."""

from datetime import UTC, datetime

from pyspark.sql import DataFrame
from pyspark.sql.functions import col, lit

from jobs.ledger import few_rows
from jobs.warehouse import Warehouse
from realsyn_lib.forget.requests import Request
from realsyn_lib.tables import OPT_OUT

_KEY = ("kind", "value_sha256", "phash")


def add_requests(warehouse: Warehouse, requests: list[Request]) -> int:
    """Append those that the table does not hold yet; return how many."""
    now = datetime.now(UTC)
    rows = [
        {"kind": one.kind, "value_sha256": one.value_sha256, "phash": one.phash, "reason": one.reason,
         "received_at": now}
        for one in requests
    ]  # fmt: skip
    return append_unknown(warehouse, few_rows(warehouse.spark, OPT_OUT, rows))


def add_digests(warehouse: Warehouse, files: DataFrame) -> int:
    """Append requests for files (``sha256``) whose pictures are named by look or row; return how many.

    A picture is told by its look only once it has been fetched, and a row by its number only until its
    table is written anew; by its bytes it is stopped in any case.
    """
    rows = files.select(
        lit("sha256").alias("kind"),
        col("sha256").alias("value_sha256"),
        lit(None).cast("bigint").alias("phash"),
        lit("the file of a picture named by its phash or its row").alias("reason"),
        lit(datetime.now(UTC)).alias("received_at"),
    )
    return append_unknown(warehouse, rows.dropDuplicates(["value_sha256"]))


def append_unknown(warehouse: Warehouse, rows: DataFrame) -> int:
    """Append the requests that are new; a list that comes again adds nothing."""
    known = warehouse.read(OPT_OUT).select(*_KEY).distinct()
    same = [rows[name].eqNullSafe(known[name]) for name in _KEY]
    fresh = rows.join(known, same, "left_anti").localCheckpoint()
    count = fresh.count()
    if count:
        warehouse.append(OPT_OUT, fresh)
    return count
