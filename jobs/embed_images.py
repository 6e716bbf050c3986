"""images, image_bytes -> image_embeddings."""

from pyspark.sql import DataFrame
from pyspark.sql.functions import broadcast, col, lit

from jobs.carry_over import write_rows
from jobs.model_tasks import map_model, say_device
from jobs.row_work import Read, work_on_inputs
from jobs.runtime import stage_main
from jobs.settings import child_limits, model_use
from jobs.stage import Stage
from jobs.widths import note_width
from realsyn_lib.tables import IMAGE_BYTES, IMAGE_EMBEDDINGS, IMAGES
from udfs.embed_images import COLUMNS, embed_images
from udfs.guarded_decode import ChildLimits
from udfs.worker_models import ModelUse


def transform(
    images: DataFrame, image_bytes: DataFrame, encoder: ModelUse, limits: ChildLimits,
    max_pixels: int, rows: int, decoders: int = 1,
) -> DataFrame:  # fmt: skip
    """Embed the kept images of one bucket; their ids travel to the bytes, never the reverse."""
    wanted = broadcast(images.select("image_id"))
    files = image_bytes.select("image_id", "bytes").join(wanted, "image_id", "left_semi")
    work = embed_images(encoder, max_pixels, limits, rows, decoders)
    return map_model(files, work, IMAGE_EMBEDDINGS.schema_of(*COLUMNS), encoder)


def embeddable(read: Read) -> DataFrame:
    """Return the images that are embedded, and what bytes they have."""
    return (
        read(IMAGES).where(col("drop_reason").isNull()).select("bucket", "image_id", "content_id")
    )


def run(stage: Stage) -> None:
    """Read the inputs, transform bucket by bucket what is new, write."""
    files = stage.read(IMAGE_BYTES)
    note_width(stage)
    encoder = model_use(stage, "encoder")
    say_device(stage, encoder)

    def compute(bucket: int, rows: DataFrame) -> DataFrame:
        return transform(
            rows,
            stage.of_bucket(files, bucket, "image_id"),
            encoder,
            child_limits(stage),
            stage.conf.images.max_pixels,
            stage.conf.batch.image_rows,
            stage.conf.resources.decoders,
        )

    work = work_on_inputs(stage, "image_id", embeddable, "content_id", compute)
    committed = write_rows(stage, IMAGE_EMBEDDINGS, work)
    stage.account_table("image", embeddable(stage.read).count(), IMAGE_EMBEDDINGS)
    stage.quarantine(committed, lit(IMAGES.name), col("image_id"))


def main() -> None:
    """spark-submit jobs/embed_images.py --env databricks --warehouse catalog.schema --files URI"""
    stage_main("embed_images")


if __name__ == "__main__":
    main()
