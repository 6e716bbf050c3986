"""images, image_embeddings -> image_duplicates."""

from pyspark.sql import DataFrame
from pyspark.sql.functions import coalesce, col

from jobs.dedup import find_duplicates
from jobs.equal_keys import equal_keys
from jobs.near_hashes import near_hashes, write_hashes
from jobs.runtime import stage_main
from jobs.stage import Stage
from jobs.survivors import merits_of
from realsyn_lib.dedup.chance import safe_distance
from realsyn_lib.tables import IMAGE_DUPLICATES, IMAGE_EMBEDDINGS, IMAGES


def run(stage: Stage) -> None:
    """Perceptual pairs by bytes and hash, semantic ones by the image-space vector."""
    settings = stage.conf.dedup_images
    images = stage.kept(IMAGES)
    detailed = images.where(col("luma_std") >= settings.min_luma_std)
    files = write_hashes(detailed, stage.files("work", stage.spec.name, "hashes"))
    hashes = sum(file.row_count for file in files)
    safe = safe_distance(hashes, settings.max_hamming, settings.max_chance_neighbours)
    stage.metrics |= {
        "hamming_distance": float(safe.distance),
        "chance_neighbours": safe.chance_neighbours,
    }
    vectors = stage.kept(IMAGE_EMBEDDINGS).select(
        col("image_id").alias("id"), coalesce("feature", "embedding").alias("embedding")
    )

    def edges() -> DataFrame:
        near = near_hashes(
            stage.spark, files, safe.distance, stage.conf.batch.hash_bytes,
            int(stage.conf.spark.shuffle_partitions),
        )  # fmt: skip
        same_bytes = equal_keys(images, "image_id", "content_id")
        return same_bytes.union(equal_keys(detailed, "image_id", "phash")).union(near)

    merits = merits_of(images, "image_id", settings.survivor)
    find_duplicates(stage, IMAGE_DUPLICATES, "image", vectors, merits, edges, settings)


def main() -> None:
    """spark-submit jobs/dedup_images.py --env emr --warehouse s3://bucket/warehouse"""
    stage_main("dedup_images")


if __name__ == "__main__":
    main()
