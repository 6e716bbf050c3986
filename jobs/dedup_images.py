"""images, image_embeddings -> image_duplicates."""

from pyspark.sql import DataFrame
from pyspark.sql.functions import coalesce, col, expr
from pyspark.sql.functions import min as min_of

from jobs.dedup import find_duplicates
from jobs.runtime import stage_main
from jobs.stage import Stage
from realsyn_lib.dedup.hamming import bands_sql, blocks_for, distance_sql, safe_distance
from realsyn_lib.tables import IMAGE_DUPLICATES, IMAGE_EMBEDDINGS, IMAGES


def equal_files(images: DataFrame) -> DataFrame:
    """Join images of equal bytes: each to the smallest id of its content."""
    first = images.groupBy("content_id").agg(min_of("image_id").alias("dst"))
    linked = images.join(first, "content_id").where(col("image_id") != col("dst"))
    return linked.select(col("image_id").alias("src"), "dst")


def near_hashes(images: DataFrame, distance: int, blocks: int) -> DataFrame:
    """Join images whose hashes differ in at most ``distance`` bits.

    Equal hashes become one row first; of the others only those that share a band are compared.
    More ``blocks`` make more bands of more bits: fewer chance meetings among many hashes.
    """
    hashes = images.groupBy("phash").agg(min_of("image_id").alias("first_id"))
    equal = images.join(hashes, "phash").where(col("image_id") != col("first_id"))
    bands = bands_sql("phash", distance, blocks)
    banded = hashes.selectExpr("phash", "first_id", f"inline({bands})")
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
    hashes = detailed.select("phash").distinct().count()
    safe = safe_distance(hashes, settings.max_hamming, settings.max_chance_neighbours)
    stage.metrics |= {
        "hamming_distance": float(safe.distance),
        "chance_neighbours": safe.chance_neighbours,
    }
    vectors = stage.kept(IMAGE_EMBEDDINGS).select(
        col("image_id").alias("id"), coalesce("feature", "embedding").alias("embedding")
    )

    blocks = blocks_for(hashes, safe.distance)

    def edges() -> DataFrame:
        return equal_files(images).union(near_hashes(detailed, safe.distance, blocks))

    find_duplicates(stage, IMAGE_DUPLICATES, "image", vectors, edges, settings)


def main() -> None:
    """spark-submit jobs/dedup_images.py --env emr --warehouse s3://bucket/warehouse"""
    stage_main("dedup_images")


if __name__ == "__main__":
    main()
