"""images_found, opt_out -> image_bytes, fetches: every distinct address, asked once."""

from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql.functions import (
    array,
    array_distinct,
    array_join,
    coalesce,
    col,
    concat,
    concat_ws,
    count,
    count_if,
    lit,
    nullif,
    when,
)
from pyspark.sql.functions import max as max_of
from pyspark.sql.functions import min as min_of

from jobs.carry_over import write_rows
from jobs.deal_hosts import HostDeal, host_of_url, plan_deal
from jobs.fetch_journals import FetchJournals
from jobs.fetched_before import fetched_reader, files_changed, known_stamps, with_stated
from jobs.inputs import image_roots
from jobs.opt_out_table import load_opt_out
from jobs.row_work import RowWork
from jobs.runtime import stage_main
from jobs.settings import fetch_rules
from jobs.spread import spread
from jobs.stage import Change, Stage
from jobs.table_pictures import is_in_table, judged_pictures, picture_batches, pictures_by_bucket
from realsyn_lib.errors import InputError, SettingError
from realsyn_lib.fetch.addresses import parse_allow_hosts
from realsyn_lib.fetch.rules import FetchRules
from realsyn_lib.tables import FETCHES, IMAGE_BYTES, IMAGES_FOUND
from udfs.fetch_bytes import fetch_bytes
from udfs.fetch_journal import journaled
from udfs.fetched_row import COLUMNS
from udfs.stated_digests import held_to_digests
from udfs.stored_images import named_by_url


@dataclass(frozen=True)
class Fetching:
    """How addresses are fetched, where files lie, and over how many tasks.

    ``deal`` is None where there are files only; ``table_rows`` counts images that lie in tables.
    """

    rules: FetchRules
    roots: tuple[str, ...]
    opted_out: frozenset[str]
    tasks: int
    deal: HostDeal | None = None
    table_rows: int = 0


def addresses(images_found: DataFrame) -> DataFrame:
    """Return image_id, url, other_url, own_url and stated_sha256, one row for each id.

    ``url`` is what is asked for: the image's URL, or the place in the input that holds its bytes, of several
    the smallest; then ``own_url`` is its URL, else null. ``other_url`` differs only where two addresses share
    a 64-bit id: then neither is fetched. ``stated_sha256`` holds the smallest and the largest digest that
    documents state of the file: either will do.
    """
    sound = images_found.where(col("drop_reason").isNull())
    found = sound.groupBy("image_id").agg(
        min_of("url").alias("url"),
        max_of("url").alias("other_url"),
        min_of("stored_at").alias("place"),
        array_join(
            array_distinct(array(min_of("stated_sha256"), max_of("stated_sha256"))), " "
        ).alias("stated"),
    )
    is_stored = col("place").isNotNull() & (col("url") == col("other_url"))
    return found.select(
        "image_id",
        *(when(is_stored, col("place")).otherwise(col(n)).alias(n) for n in ("url", "other_url")),
        when(is_stored, col("url")).alias("own_url"),
        nullif("stated", lit("")).alias("stated_sha256"),
    )


def transform(
    wanted: DataFrame, fetching: Fetching, journal: str | None = None,
    pictures: DataFrame | None = None,
) -> DataFrame:  # fmt: skip
    """Fetch the addresses of one bucket, each once.

    ``journal`` is the folder of what came so far, ``pictures`` are those of the bucket in the input's tables.
    """
    single = wanted.where(col("url") == col("other_url")).select(
        "image_id", "url", "own_url", "stated_sha256"
    )
    asked = single if pictures is None else single.where(~is_in_table())
    rows = _fetched(asked, fetching, journal).unionByName(
        _collisions(wanted), allowMissingColumns=True
    )
    if pictures is None:
        return rows
    stored = judged_pictures(
        single.where(is_in_table()), pictures, fetching.rules.max_body_bytes, fetching.opted_out,
        fetching.table_rows,
    )  # fmt: skip
    return rows.unionByName(stored)


def _fetched(single: DataFrame, fetching: Fetching, journal: str | None) -> DataFrame:
    deal = fetching.deal
    dealt = deal.deal(single) if deal else spread(single, fetching.tasks, "image_id")
    lanes = deal.lanes if deal else {}
    fetch = fetch_bytes(fetching.rules, fetching.roots, fetching.opted_out, lanes)
    # Judged before it is kept: what a killed task left is not judged again.
    work = named_by_url(journaled(held_to_digests(fetch), journal))
    return dealt.mapInArrow(work, IMAGE_BYTES.schema_of(*COLUMNS, "stated_sha256"))


def _collisions(wanted: DataFrame) -> DataFrame:
    both = wanted.where(col("url") != col("other_url"))
    return both.select(
        "image_id",
        "url",
        lit("id_collision").alias("drop_reason"),
        concat_ws(" and ", "url", "other_url").substr(1, 500).alias("detail"),
    )


def verdicts(image_bytes: DataFrame, placeholder_urls: int | None) -> DataFrame:
    """Return the rows of ``fetches``: pictures that many addresses answer with are placeholders.

    Only such a count over all addresses tells "image not available" from a picture, so the verdict
    stands here and not beside the bytes, which are never written twice.
    """
    rows = image_bytes.drop("bucket", "bytes", "stated_sha256")
    if placeholder_urls is None:
        return rows
    is_picture = col("drop_reason").isNull() & (host_of_url() != "")
    same = rows.where(is_picture).groupBy(col("content_id").alias("key"))
    many = same.agg(count(lit(1)).alias("addresses")).where(col("addresses") >= placeholder_urls)
    keyed = rows.withColumn("key", coalesce("content_id", "image_id"))  # no null: one task's rows
    is_placeholder = is_picture & col("addresses").isNotNull()
    seen = concat(lit("the same bytes from "), col("addresses"), lit(" addresses"))
    return (
        keyed.join(many, "key", "left")
        .withColumn("detail", when(is_placeholder, seen).otherwise(col("detail")))
        .withColumn(
            "drop_reason", when(is_placeholder, "placeholder").otherwise(col("drop_reason"))
        )
    )


def run(stage: Stage) -> None:
    """Read the addresses, fetch bucket by bucket, keep a narrow table of what came of each."""
    if not stage.inputs.paths:
        raise InputError("fetch_images: no input is known to this warehouse; say --input PATH")
    # Kept, in one bucket too: they are counted and dealt out before they are fetched.
    wanted = stage.in_buckets("addresses", addresses(stage.read(IMAGES_FOUND)), "image_id")
    web, stored = count_if(host_of_url() != ""), count_if(is_in_table())
    counted = wanted.agg(count(lit(1)).alias("all"), web.alias("web"), stored.alias("stored"))
    rows = counted.collect()[0]
    pictures = pictures_by_bucket(stage, wanted, rows["stored"])
    if pictures is None and rows["all"] == rows["stored"] > 0:
        _refuse_unnamed_column(stage)
    fetching = _fetching(stage, wanted, rows)
    journals, stamp = FetchJournals(stage, fetching.deal), _stamp(files_changed(stage))
    work = RowWork(
        wanted=lambda bucket: _of_bucket(stage, wanted, bucket).withColumn("stamp", stamp),
        known=known_stamps(stage),
        basis=("stamp",),
        compute=lambda bucket, rows: transform(
            rows, fetching, journals.of_bucket(bucket), pictures(bucket) if pictures else None
        ),
    )
    with picture_batches(stage):
        committed = write_rows(stage, IMAGE_BYTES, work, fetched_reader)
    fetches = stage.write(FETCHES, lambda: _verdicts_of(stage, committed))
    stage.account_table("image", rows["all"], FETCHES)
    stage.quarantine(fetches, lit(IMAGES_FOUND.name), col("image_id"))


def _of_bucket(stage: Stage, wanted: DataFrame, bucket: int) -> DataFrame:
    return stage.of_bucket(wanted, bucket, "image_id").drop("bucket")


def _refuse_unnamed_column(stage: Stage) -> None:
    """Stop where every image lies in a table and no column is named: the warehouse would lose them all."""
    if stage.inputs.format == "columns" and stage.config.sources.columns.image is None:
        raise SettingError(
            "fetch_images: all images lie in rows of the input's tables, and sources.columns.image names no "
            "column; say it as extract_documents was told, such as --set sources.columns.image=image"
        )


def _fetching(stage: Stage, wanted: DataFrame, rows: Row) -> Fetching:
    parse_allow_hosts(tuple(stage.conf.fetch.allow_hosts))  # a wrong entry stops before any task
    resources = stage.conf.resources
    tasks, per_host = resources.fetch_tasks, resources.fetches_per_host
    deal = plan_deal(wanted, rows["all"], tasks, per_host) if rows["web"] else None
    roots, opted_out = image_roots(stage.inputs), load_opt_out(stage).sha256
    return Fetching(fetch_rules(stage.conf), roots, opted_out, tasks, deal, rows["stored"])


def _stamp(are_files_new: bool) -> Column:
    """What a row is fetched for, to be held against the ``url`` of fetched rows.

    None of them has that of two addresses, or, so that files are read again once any of them has changed,
    the place of an image that has a URL.
    """
    both = concat_ws(" ", "url", "other_url")
    single = col("url") if are_files_new else coalesce("own_url", "url")
    return when(col("url") == col("other_url"), with_stated(single)).otherwise(both)


def _verdicts_of(stage: Stage, committed: DataFrame) -> DataFrame | Change:
    """Judge all rows, unless they and the settings are those of the last run."""
    last = stage.ledger.last_finished(stage.spec.name)
    same = last is not None and (
        last.output_versions.get(IMAGE_BYTES.name) == stage.outputs[IMAGE_BYTES.name]
        and last.config_digest == stage.attempt.config_digest
    )
    return Change() if same else verdicts(committed, stage.conf.fetch.placeholder_urls)


def main() -> None:
    """spark-submit jobs/fetch_images.py --env databricks --warehouse catalog.schema --files URI"""
    stage_main("fetch_images")


if __name__ == "__main__":
    main()
