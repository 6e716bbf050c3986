"""quarantine and runs.error without what is named: copies and words that stages left there."""

from pyspark.sql import DataFrame
from pyspark.sql.functions import col, concat, lit, substring_index, when

from jobs.forget.context import Forgetting
from jobs.forget.derived_tables import Gone
from jobs.forget.losses import Occurrences
from jobs.forget.merges import replace_rows, update_rows
from realsyn_lib.tables import QUARANTINE, RUNS

REMOVED = "(its words named what realsyn forget took out)"


def clean_quarantine(work: Forgetting, gone: Gone, places: Occurrences) -> None:
    """Leave out the rows of what is gone, of any run, and those whose words name it."""
    spots = places.images.where("is_named").select(concat("document_id", lit("#"), "position"))
    left = work.rows_of(QUARANTINE).withColumn("page", substring_index("locator", "#", 1))
    for ids, column in (
        (gone.images, "locator"),
        (gone.sentences, "locator"),
        (spots, "locator"),
        (places.gone, "page"),
    ):
        left = left.join(_as_text(ids, column), column, "left_anti")
    # The address of another file than the stated one stays: only what was stated of it goes.
    is_stated = (col("reason") == "hash_mismatch") & work.is_named(col("detail"))
    left = left.withColumn("detail", when(~is_stated, col("detail")))
    for name in ("source", "locator", "detail"):
        left = left.where(~work.is_named(col(name)))
    replace_rows(work, QUARANTINE, left.select(*QUARANTINE.names))


def clean_errors(work: Forgetting) -> None:
    """An error of a failed run may tell an address."""
    failed = (
        work.rows_of(RUNS).where(work.is_named(col("error"))).select("run_id", "stage", "status")
    )
    same = "t.run_id = s.run_id AND t.stage = s.stage AND t.status = s.status"
    update_rows(work, RUNS, failed.distinct(), same, {"error": f"'{REMOVED}'"})


def _as_text(ids: DataFrame, column: str) -> DataFrame:
    return ids.select(col(ids.columns[0]).cast("string").alias(column)).distinct()
