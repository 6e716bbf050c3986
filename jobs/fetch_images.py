"""images_found, opt_out -> image_bytes, fetches: every distinct address, asked once."""

from pyspark.sql import DataFrame
from pyspark.sql.functions import col, concat_ws, lit, when
from pyspark.sql.functions import max as max_of
from pyspark.sql.functions import min as min_of

from jobs.inputs import image_roots
from jobs.opt_out_table import load_opt_out
from jobs.runtime import stage_main
from jobs.spread import spread
from jobs.stage import Stage
from realsyn_lib.errors import InputError
from realsyn_lib.fetch.addresses import parse_allow_hosts
from realsyn_lib.fetch.rules import FetchRules
from realsyn_lib.tables import FETCHES, IMAGE_BYTES, IMAGES_FOUND
from udfs.fetch_bytes import COLUMNS, fetch_bytes
from udfs.stored_images import named_by_url


def addresses(images_found: DataFrame) -> DataFrame:
    """Return image_id, url, other_url and own_url, one row for each id.

    ``url`` is what is asked for: the image's URL, or the place in the input that holds its bytes, of several
    the smallest; then ``own_url`` is its URL, else null. ``other_url`` differs only where two addresses share
    a 64-bit id: then neither is fetched.
    """
    sound = images_found.where(col("drop_reason").isNull())
    found = sound.groupBy("image_id").agg(
        min_of("url").alias("url"),
        max_of("url").alias("other_url"),
        min_of("stored_at").alias("place"),
    )
    is_stored = col("place").isNotNull() & (col("url") == col("other_url"))
    return found.select(
        "image_id",
        *(when(is_stored, col("place")).otherwise(col(n)).alias(n) for n in ("url", "other_url")),
        when(is_stored, col("url")).alias("own_url"),
    )


def transform(
    wanted: DataFrame, rules: FetchRules, roots: tuple[str, ...], opted_out: frozenset[str],
    tasks: int,
) -> DataFrame:  # fmt: skip
    """Fetch the addresses of one bucket, each once."""
    single = wanted.where(col("url") == col("other_url")).select("image_id", "url", "own_url")
    dealt = spread(single, tasks, "image_id")
    fetched = dealt.mapInArrow(
        named_by_url(fetch_bytes(rules, roots, opted_out)), IMAGE_BYTES.schema_of(*COLUMNS)
    )
    return fetched.unionByName(_collisions(wanted), allowMissingColumns=True)


def _collisions(wanted: DataFrame) -> DataFrame:
    both = wanted.where(col("url") != col("other_url"))
    return both.select(
        "image_id",
        "url",
        lit("id_collision").alias("drop_reason"),
        concat_ws(" and ", "url", "other_url").substr(1, 500).alias("detail"),
    )


def run(stage: Stage) -> None:
    """Read the addresses, fetch bucket by bucket, keep a narrow table of what came of each."""
    wanted = addresses(stage.read(IMAGES_FOUND))
    opt_out = load_opt_out(stage)
    if not stage.inputs.paths:
        raise InputError("fetch_images: no input is known to this warehouse; say --input PATH")
    committed = stage.write_buckets(
        IMAGE_BYTES,
        lambda bucket: transform(
            stage.of_bucket(wanted, bucket, "image_id"),
            _rules(stage),
            image_roots(stage.inputs),
            opt_out.sha256,
            stage.conf.resources.fetch_tasks,
        ),
    )
    fetches = stage.write(FETCHES, lambda: committed)
    stage.account_table("image", wanted.count(), FETCHES)
    stage.quarantine(fetches, lit(IMAGES_FOUND.name), col("image_id"))


def _rules(stage: Stage) -> FetchRules:
    fetch = stage.conf.fetch
    parse_allow_hosts(tuple(fetch.allow_hosts))  # a wrong entry stops here, before any task
    return FetchRules(
        deadline_s=fetch.deadline_s,
        max_body_bytes=fetch.max_body_bytes,
        max_redirects=fetch.max_redirects,
        retries=fetch.retries,
        backoff_s=fetch.backoff_s,
        user_agent=fetch.user_agent,
        threads=fetch.threads,
        allow_hosts=tuple(fetch.allow_hosts),
        max_batch_bytes=stage.conf.batch.max_bytes,
    )


def main() -> None:
    """spark-submit jobs/fetch_images.py --env databricks --warehouse catalog.schema --files URI"""
    stage_main("fetch_images")


if __name__ == "__main__":
    main()
