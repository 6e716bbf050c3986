"""images, image_embeddings -> image_duplicates."""

from pyspark.sql import DataFrame
from pyspark.sql.functions import coalesce, col

from jobs.dedup.find_duplicates import Entities, find_duplicates
from jobs.dedup.kept_hashes import near_images_kept
from jobs.dedup.survivors import merits_of
from jobs.memory import Memory
from jobs.runtime import stage_main
from jobs.stage import Stage
from realsyn_lib.tables import IMAGE_DUPLICATES, IMAGE_EMBEDDINGS, IMAGES


def run(stage: Stage) -> None:
    """Perceptual pairs by bytes and hash, semantic ones by the image-space vector."""
    settings = stage.conf.dedup_images
    images = stage.kept(IMAGES)
    vectors = stage.kept(IMAGE_EMBEDDINGS).select(
        col("image_id").alias("id"), coalesce("feature", "embedding").alias("embedding")
    )

    def edges(memory: Memory, added: DataFrame | None) -> DataFrame:
        return near_images_kept(stage, memory, images, vectors, added)

    marks = images.selectExpr("image_id AS id", "xxhash64(content_id, phash, luma_std) AS mark")
    merits = merits_of(images, "image_id", settings.survivor)
    find_duplicates(
        stage, IMAGE_DUPLICATES, Entities("image", marks, vectors, merits), edges, settings
    )


def main() -> None:
    """spark-submit jobs/dedup_images.py --env emr --warehouse s3://bucket/warehouse"""
    stage_main("dedup_images")


if __name__ == "__main__":
    main()
