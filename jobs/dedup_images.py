"""images, image_embeddings -> image_duplicates."""

from pyspark.sql import DataFrame
from pyspark.sql.functions import coalesce, col, expr
from pyspark.sql.functions import min as min_of

from jobs.dedup import find_duplicates
from jobs.runtime import stage_main
from jobs.stage import Stage
from realsyn_lib.dedup.hamming import bands_sql, distance_sql, safe_distance
from realsyn_lib.tables import IMAGE_DUPLICATES, IMAGE_EMBEDDINGS, IMAGES


def equal_files(images: DataFrame) -> DataFrame:
    """Join images of equal bytes: each to the smallest id of its content."""
    first = images.groupBy("content_id").agg(min_of("image_id").alias("dst"))
    linked = images.join(first, "content_id").where(col("image_id") != col("dst"))
    return linked.select(col("image_id").alias("src"), "dst")


def near_hashes(images: DataFrame, distance: int) -> DataFrame:
    """Join images whose hashes differ in at most ``distance`` bits.

    Equal hashes become one row first; of the others only those that share a band are compared.
    """
    hashes = images.groupBy("phash").agg(min_of("image_id").alias("first_id"))
    equal = images.join(hashes, "phash").where(col("image_id") != col("first_id"))
    banded = hashes.selectExpr("phash", "first_id", f"inline({bands_sql('phash', distance)})")
    left, right = banded.alias("a"), banded.alias("b")
    met = left.join(right, ["band_no", "band"]).where("a.phash < b.phash")
    near = met.where(expr(f"{distance_sql('a.phash', 'b.phash')} <= {distance}"))
    pairs = near.select(col("a.first_id").alias("src"), col("b.first_id").alias("dst"))
    return equal.select(col("image_id").alias("src"), col("first_id").alias("dst")).union(pairs)


def run(stage: Stage) -> None:
    """Perceptual pairs by bytes and hash, semantic ones by the image-space vector."""
    settings = stage.conf.dedup_images
    images = stage.kept(IMAGES)
    detailed = images.where(col("luma_std") >= settings.min_luma_std)
    safe = safe_distance(
        detailed.select("phash").distinct().count(),
        settings.max_hamming,
        settings.max_chance_neighbours,
    )
    stage.metrics |= {
        "hamming_distance": float(safe.distance),
        "chance_neighbours": safe.chance_neighbours,
    }
    vectors = stage.kept(IMAGE_EMBEDDINGS).select(
        col("image_id").alias("id"), coalesce("feature", "embedding").alias("embedding")
    )

    def edges() -> DataFrame:
        return equal_files(images).union(near_hashes(detailed, safe.distance))

    find_duplicates(stage, IMAGE_DUPLICATES, "image", vectors, edges, settings)


def main() -> None:
    """spark-submit jobs/dedup_images.py --env emr --warehouse s3://bucket/warehouse"""
    stage_main("dedup_images")


if __name__ == "__main__":
    main()
