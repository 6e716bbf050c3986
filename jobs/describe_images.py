"""images, image_duplicates, image_bytes -> image_descriptions: caption and tags of survivors."""

from pyspark.sql import DataFrame
from pyspark.sql.functions import broadcast, col, lit

from jobs.carry_over import write_rows
from jobs.dedup.survivors import survivors
from jobs.model_tasks import map_model, say_device
from jobs.row_work import Read, work_on_inputs
from jobs.runtime import stage_main
from jobs.settings import child_limits, model_use
from jobs.stage import Stage
from realsyn_lib.tables import IMAGE_BYTES, IMAGE_DESCRIPTIONS, IMAGE_DUPLICATES, IMAGES
from udfs.describe_images import COLUMNS, DescribeRules, describe_images
from udfs.guarded_decode import ChildLimits
from udfs.worker_models import ModelUse


def transform(
    images: DataFrame, image_bytes: DataFrame, captioner: ModelUse, tagger: ModelUse,
    rules: DescribeRules, limits: ChildLimits,
) -> DataFrame:  # fmt: skip
    """Describe the given images of one bucket; ids travel to the bytes, never the reverse."""
    wanted = broadcast(images.select("image_id"))
    files = image_bytes.select("image_id", "bytes").join(wanted, "image_id", "left_semi")
    work = describe_images(captioner, tagger, rules, limits)
    return map_model(files, work, IMAGE_DESCRIPTIONS.schema_of(*COLUMNS), captioner)


def describable(read: Read) -> DataFrame:
    """Return the images that are described, and what bytes they have."""
    kept = read(IMAGES).where(col("drop_reason").isNull())
    alive = survivors(kept, read(IMAGE_DUPLICATES), "image_id")
    return alive.select("bucket", "image_id", "content_id")


def run(stage: Stage) -> None:
    """Read the inputs, transform bucket by bucket what is new, write."""
    files = stage.read(IMAGE_BYTES)
    describe, batch = stage.conf.describe, stage.conf.batch
    rules = DescribeRules(
        describe.max_tags, describe.min_tag_score, stage.conf.images.max_pixels, batch.image_rows
    )

    captioner = model_use(stage, "captioner")
    say_device(stage, captioner)

    def compute(bucket: int, rows: DataFrame) -> DataFrame:
        return transform(
            rows,
            stage.of_bucket(files, bucket, "image_id"),
            captioner,
            model_use(stage, "tagger"),
            rules,
            child_limits(stage),
        )

    work = work_on_inputs(stage, "image_id", describable, "content_id", compute)
    described = write_rows(stage, IMAGE_DESCRIPTIONS, work)
    stage.account_table("image", describable(stage.read).count(), IMAGE_DESCRIPTIONS)
    stage.quarantine(described, lit(IMAGE_BYTES.name), col("image_id"))


def main() -> None:
    """spark-submit jobs/describe_images.py --env databricks --warehouse catalog.schema --files URI"""
    stage_main("describe_images")


if __name__ == "__main__":
    main()
