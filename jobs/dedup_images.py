"""images, image_embeddings -> image_duplicates."""

from pyspark.sql import DataFrame
from pyspark.sql.functions import coalesce, col

from jobs.dedup import find_duplicates
from jobs.equal_keys import equal_keys
from jobs.near_hashes import near_and_far_hashes, near_hashes, write_hashes
from jobs.runtime import stage_main
from jobs.stage import Stage
from jobs.survivors import merits_of
from jobs.witness import confirmed
from realsyn_lib.dedup.chance import safe_distance
from realsyn_lib.tables import IMAGE_DUPLICATES, IMAGE_EMBEDDINGS, IMAGES
from udfs.hash_files import HashFile


def alike(images: DataFrame, min_luma_std: float) -> tuple[DataFrame, DataFrame]:
    """Return the images whose hash says something, and src, dst of equal bytes or equal such hashes.

    Flat pictures have one hash whatever their colour: they join by their bytes only.
    """
    detailed = images.where(col("luma_std") >= min_luma_std)
    same_bytes = equal_keys(images, "image_id", "content_id")
    return detailed, same_bytes.union(equal_keys(detailed, "image_id", "phash"))


def hash_edges(
    stage: Stage, files: tuple[HashFile, ...], safe_distance: int, distance: int, vectors: DataFrame
) -> DataFrame:
    """Return src, dst of the hashes that join: alone up to the safe distance, beyond it with vectors."""
    conf = stage.conf
    block_bytes, tasks = conf.batch.hash_bytes, int(conf.spark.shuffle_partitions)
    if distance <= safe_distance:
        return near_hashes(stage.spark, files, safe_distance, block_bytes, tasks)
    found = near_and_far_hashes(stage.spark, files, safe_distance, distance, block_bytes, tasks)
    found = stage.scratch("near_hashes", found)
    near = found.where(~col("is_far")).select("src", "dst")
    pairs = found.where("is_far").select("src", "dst")
    return near.union(confirmed(pairs, vectors, conf.dedup_images.max_cosine_distance))


def run(stage: Stage) -> None:
    """Perceptual pairs by bytes and hash, semantic ones by the image-space vector."""
    settings = stage.conf.dedup_images
    images = stage.kept(IMAGES)
    detailed, same = alike(images, settings.min_luma_std)
    files = write_hashes(detailed, stage.files("work", stage.spec.name, "hashes"))
    hashes = sum(file.row_count for file in files)
    safe = safe_distance(hashes, settings.max_hamming, settings.max_chance_neighbours)
    far = safe_distance(hashes, settings.max_hamming, settings.max_witness_neighbours)
    stage.metrics |= {
        "hamming_distance": float(safe.distance),
        "chance_neighbours": safe.chance_neighbours,
        "witness_distance": float(max(far.distance, safe.distance)),
    }
    vectors = stage.kept(IMAGE_EMBEDDINGS).select(
        col("image_id").alias("id"), coalesce("feature", "embedding").alias("embedding")
    )

    def edges() -> DataFrame:
        return same.union(hash_edges(stage, files, safe.distance, far.distance, vectors))

    merits = merits_of(images, "image_id", settings.survivor)
    find_duplicates(stage, IMAGE_DUPLICATES, "image", vectors, merits, edges, settings)


def main() -> None:
    """spark-submit jobs/dedup_images.py --env emr --warehouse s3://bucket/warehouse"""
    stage_main("dedup_images")


if __name__ == "__main__":
    main()
