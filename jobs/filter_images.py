"""images_found, image_bytes, fetches, opt_out -> images: a look at every picture, size rules, hash."""

from pyspark.sql import DataFrame
from pyspark.sql.functions import broadcast, col, count, lit, min_by, struct

from jobs.carry_over import write_rows
from jobs.image_judges import image_judges
from jobs.model_tasks import map_model, say_device
from jobs.opt_out_table import load_opt_out
from jobs.row_work import RowWork
from jobs.runtime import stage_main
from jobs.settings import child_limits
from jobs.stage import Stage
from realsyn_lib.images.rules import ImageRules
from realsyn_lib.tables import FETCHES, IMAGE_BYTES, IMAGES, IMAGES_FOUND
from udfs.guarded_decode import ChildLimits
from udfs.judge_images import NO_JUDGES, ImageJudges
from udfs.measure_images import COLUMNS, measure_images

OCCURRENCE = ("document_id", "position", "alt_text", "occurrence_count")


def occurrences(images_found: DataFrame) -> DataFrame:
    """Return one row for each image: its smallest occurrence, and how many there are."""
    sound = images_found.where(col("image_id").isNotNull() & col("drop_reason").isNull())
    place = struct("document_id", "position")
    return sound.groupBy("image_id").agg(
        min_by("document_id", place).alias("document_id"),
        min_by("position", place).alias("position"),
        min_by("alt_text", place).alias("alt_text"),
        count(lit(1)).alias("occurrence_count"),
    )


def transform(
    found: DataFrame, image_bytes: DataFrame, rules: ImageRules, limits: ChildLimits,
    opted_out: frozenset[int] = frozenset(), judges: ImageJudges = NO_JUDGES,
) -> DataFrame:  # fmt: skip
    """Measure the pictures of one bucket that are among ``found``, and add where they were.

    Bytes stay in the task that reads them: ids travel to them, and only measured rows are joined.
    """
    wanted = broadcast(found.select("image_id"))
    files = fetched(image_bytes, "bytes", "sha256").join(wanted, "image_id", "left_semi")
    work = measure_images(rules, limits, opted_out, judges)
    schema = IMAGES.schema_of(*COLUMNS)
    if judges.rules:
        measured = map_model(files, work, schema, judges.rules[0].use)
    else:
        measured = files.mapInArrow(work, schema)
    return measured.join(found.select("image_id", *OCCURRENCE), "image_id")


def fetched(image_bytes: DataFrame, *more: str) -> DataFrame:
    """Return the pictures that came, and what they are known by."""
    came = image_bytes.where(col("drop_reason").isNull())
    return came.select("image_id", "content_id", "url", *more)


def placeholders(fetches: DataFrame) -> DataFrame:
    """Return the image_id of what came and is no picture: only a look at all rows told so."""
    return fetches.where(col("drop_reason") == "placeholder").select("image_id")


def run(stage: Stage) -> None:
    """Read the inputs, transform bucket by bucket, write."""
    images = stage.conf.images
    rules = ImageRules(images.min_side_px, images.max_aspect_ratio, images.max_pixels)
    limits = child_limits(stage)
    opt_out, judges = load_opt_out(stage), image_judges(stage)
    for rule in judges.rules:
        say_device(stage, rule.use)
    files, found = stage.read(IMAGE_BYTES), stage.read(IMAGES_FOUND)
    places = stage.by_bucket("places", lambda: occurrences(found), "image_id")
    left_out = stage.by_bucket(
        "placeholders", lambda: placeholders(stage.read(FETCHES)), "image_id"
    )

    def files_of(bucket: int) -> DataFrame:
        return stage.of_bucket(files, bucket, "image_id")

    def wanted(bucket: int) -> DataFrame:
        came = fetched(files_of(bucket)).join(left_out(bucket), "image_id", "left_anti")
        return came.join(places(bucket), "image_id")

    work = RowWork(
        wanted=wanted,
        known=lambda read: read(IMAGES),
        basis=("content_id", "url"),
        compute=lambda bucket, rows: transform(
            rows, files_of(bucket), rules, limits, opt_out.phashes, judges
        ),
        told=OCCURRENCE,
    )
    committed = write_rows(stage, IMAGES, work)
    stage.account_table("image", stage.kept(FETCHES).count(), IMAGES)
    stage.quarantine(committed, lit(IMAGE_BYTES.name), col("image_id"))


def main() -> None:
    """spark-submit jobs/filter_images.py --env databricks --warehouse catalog.schema --files URI"""
    stage_main("filter_images")


if __name__ == "__main__":
    main()
