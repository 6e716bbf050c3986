"""What earlier runs have fetched: which of it stays, and which is asked for again."""

from collections.abc import Callable

from pyspark.sql import Column, DataFrame
from pyspark.sql.functions import broadcast, col, concat_ws, lit, when

from jobs.attempt import asked_again
from jobs.deal_hosts import host_of_url
from jobs.row_work import Read
from jobs.stage import Stage
from jobs.staleness import changes
from realsyn_lib.errors import SettingError
from realsyn_lib.fetch.answers import BOUNDED, TRANSIENT, TRANSIENT_STATUSES
from realsyn_lib.tables import IMAGE_BYTES, OPT_OUT


def fetched_reader(stage: Stage) -> Read | None:
    """Return a function that reads what the last run wrote; None where all is fetched anew.

    That is after other settings or code, and with --force; with ``fetch.refetch=failed`` what was
    fetched stays in any case.

    Raises:
        SettingError: failures are to be fetched again into other buckets than those there are.
    """
    last = stage.ledger.last_finished(stage.spec.name)
    again = asked_again(stage.spec, stage.config)
    if last is None or (stage.attempt.only_run is not None and not again):
        return None
    count, written = stage.config.buckets.count, last.metrics.get("buckets")
    if again and count != written:
        raise SettingError(
            f"{again}: buckets.count is {count}, but {IMAGE_BYTES.name} was written in {written:.0f}; "
            f"set buckets.count={written:.0f}"
        )
    if "settings" in _changed(stage) and not again:
        return None
    return lambda table: stage.warehouse.read(table, last.output_versions[table.name])


def known_stamps(stage: Stage) -> Callable[[Read], DataFrame]:
    """Return a function that reads image_id, and ``stamp``: the url, or nothing where it is asked again.

    Asked again are files, once one of them has changed, what shared an id, what a new request names by
    its digest, and with ``fetch.refetch=failed`` what may come this time.
    """
    changed = _changed(stage)
    again = col("drop_reason") == "id_collision"
    if files_changed(stage):
        again |= host_of_url() == ""
    if asked_again(stage.spec, stage.config):
        again |= may_come(BOUNDED if "settings" in changed else frozenset())

    def known(read: Read) -> DataFrame:
        rows = read(IMAGE_BYTES).select(
            "bucket", "image_id", "url", "sha256", "drop_reason", "http_status", "stated_sha256"
        )
        asks = stage.read(OPT_OUT).where((col("kind") == "sha256") & lit(OPT_OUT.name in changed))
        named = asks.select(
            col("value_sha256").alias("sha256"), lit(True).alias("named")
        ).distinct()
        is_again = again | col("named")
        told = rows.join(broadcast(named), "sha256", "left")
        return told.select(
            "bucket",
            "image_id",
            when(is_again, "").otherwise(with_stated(col("url"))).alias("stamp"),
        )

    return known


def with_stated(url: Column) -> Column:
    """What a row is fetched for: its address, and what the input states of the file there."""
    return concat_ws(" sha256 ", url, col("stated_sha256"))


def files_changed(stage: Stage) -> bool:
    """Say whether a file that pictures may lie in is another than in the last run."""
    return "input_images" in _changed(stage)


def may_come(more: frozenset[str]) -> Column:
    """Say of a row that brought no picture whether it may bring one now: no connection, no time, 5xx.

    ``more``: reasons that other settings may have mended.
    """
    passing = col("http_status").isin(*sorted(TRANSIENT_STATUSES))
    may = col("drop_reason").isin(*sorted(TRANSIENT | more))
    return (host_of_url() != "") & (may | ((col("drop_reason") == "http_error") & passing))


def _changed(stage: Stage) -> list[str]:
    last = stage.ledger.last_finished(stage.spec.name)
    attempt = stage.attempt
    return changes(last, attempt.config_digest, attempt.input_versions) if last else []
