"""image_bytes and fetches without what is gone, and without the files that a request names."""

from pyspark.sql import DataFrame
from pyspark.sql.functions import col, concat_ws

from jobs.forget.context import Forgetting
from jobs.forget.losses import occurring
from jobs.forget.merges import delete_rows, update_rows
from realsyn_lib.forget.documents import REASON
from realsyn_lib.tables import FETCHES, IMAGE_BYTES, IMAGES_FOUND, Table

_ABOUT_BYTES = ("content_id", "sha256", "size_bytes", "bytes", "detail", "stated_sha256")
_STATED = ("stated_sha256", "detail")


def clean_fetched(work: Forgetting, gone: DataFrame) -> None:
    """An address that pages still name keeps its row, so that it is not asked again; the file goes.

    ``gone``: image_id of all images that leave.
    """
    named = occurring(work, IMAGES_FOUND).select("image_id")
    kept = work.stored("addressed", gone.join(named, "image_id", "left_semi").distinct())
    for table in (FETCHES, IMAGE_BYTES):
        delete_rows(work, table, gone.join(kept, "image_id", "left_anti"))
        _empty_rows(work, table, kept)
        _forget_stated(work, table)


def _empty_rows(work: Forgetting, table: Table, ids: DataFrame) -> None:
    if not work.has(table):
        return
    values = {name: "NULL" for name in _ABOUT_BYTES if name in table.names}
    values["drop_reason"] = f"'{REASON}'"
    full = work.rows_of(table).where(~col("drop_reason").eqNullSafe(REASON)).select("image_id")
    update_rows(
        work, table, full.join(ids, "image_id", "left_semi"), "t.image_id = s.image_id", values
    )


def _forget_stated(work: Forgetting, table: Table) -> None:
    """A digest that a request names may be stated of an address whose file is another one, and stays."""
    if not work.has(table):
        return
    told = [name for name in _STATED if name in table.names]
    said = concat_ws(" ", *told)
    named = work.rows_of(table).where(said != "").where(work.is_named(said)).select("image_id")
    update_rows(work, table, named, "t.image_id = s.image_id", dict.fromkeys(told, "NULL"))
