"""images, image_embeddings, retrieved_texts, synthetic_texts -> pairs and samples.

In order: the synthetic texts are embedded, every image gets its pair row with the cosine of its
synthetic text, the cosine band drops, what is left is clustered by image, tiers are drawn.
"""

from pyspark.sql import DataFrame
from pyspark.sql.functions import col, lit, when

from jobs.clusters import Clustering, cluster_rows, fit_of
from jobs.cosine_band import cosine_band
from jobs.entry_tiers import draw_entry_tiers
from jobs.model_tasks import map_model, say_device
from jobs.runtime import stage_main
from jobs.settings import model_use
from jobs.spread import spread
from jobs.stage import Stage
from jobs.tiers import draw_tiers
from realsyn_lib.balance import Band
from realsyn_lib.tables import (
    IMAGE_CENTROIDS,
    IMAGE_CLUSTERS,
    IMAGE_EMBEDDINGS,
    IMAGES,
    PAIRS,
    RETRIEVED_TEXTS,
    SAMPLES,
    SYNTHETIC_EMBEDDINGS,
    SYNTHETIC_TEXTS,
)
from udfs.embed_texts import embed_texts
from udfs.pair_cosines import pair_cosines
from udfs.worker_models import ModelUse


def embed_synthetic(texts: DataFrame, encoder: ModelUse, tasks: int) -> DataFrame:
    """Embed the synthetic texts of one bucket; a text without a usable vector has no row."""
    rows = spread(texts.select("image_id", "text"), tasks, "image_id")
    schema = "image_id bigint, embedding binary, drop_reason string"
    vectors = map_model(rows, embed_texts(encoder, "image_id"), schema, encoder)
    return vectors.where(col("drop_reason").isNull()).drop("drop_reason")


def cosines(images: DataFrame, synthetic: DataFrame) -> DataFrame:
    """Return image_id and cosine_syn where both vectors are there."""
    both = images.select("image_id", col("embedding").alias("image")).join(
        synthetic.select("image_id", col("embedding").alias("text")), "image_id"
    )
    return both.mapInArrow(
        pair_cosines("image", "text", "cosine_syn"), "image_id bigint, cosine_syn float"
    )


def pair_rows(
    images: DataFrame, retrieved: DataFrame, synthetic: DataFrame, found: DataFrame
) -> DataFrame:
    """Return one row for each image with texts, before the band: no drop_reason yet."""
    texts = retrieved.groupBy("image_id").pivot("rank", [1, 2, 3]).agg({"text": "max"})
    texts = texts.toDF("image_id", "text1", "text2", "text3")
    urls = images.select("image_id", col("url").alias("raw_image_url"))
    written = synthetic.select("image_id", col("text").alias("syn_text"))
    return (
        texts.join(urls, "image_id")
        .join(written, "image_id", "left")
        .join(found, "image_id", "left")
    )


def judge(pairs: DataFrame, band: Band) -> DataFrame:
    """Add drop_reason: no_text without a synthetic text, else by the band, its ends kept."""
    reason = (
        when(col("cosine_syn").isNull(), lit("no_text"))
        .when(col("cosine_syn") < lit(band.min_cosine), lit("mismatched"))
        .when(col("cosine_syn") > lit(band.max_cosine), lit("ocr_like"))
    )
    return pairs.withColumn("drop_reason", reason)


def run(stage: Stage) -> None:
    """Embed, pair, judge, cluster, draw."""
    texts, vectors = stage.read(SYNTHETIC_TEXTS), stage.kept(IMAGE_EMBEDDINGS)
    encoder = model_use(stage, "encoder")
    say_device(stage, encoder)
    synthetic = stage.write_buckets(
        SYNTHETIC_EMBEDDINGS,
        lambda bucket: embed_synthetic(
            stage.of_bucket(texts, bucket, "image_id"),
            encoder,
            stage.conf.spark.shuffle_partitions,
        ),
    )
    retrieved = stage.read(RETRIEVED_TEXTS)

    def build() -> DataFrame:
        rows = pair_rows(stage.read(IMAGES), retrieved, texts, cosines(vectors, synthetic))
        rows = stage.scratch("pairs", rows)
        return judge(rows, cosine_band(stage, rows))

    pairs = stage.write(PAIRS, build)
    stage.account_table("pair", retrieved.where("rank = 1").count(), PAIRS)
    kept = pairs.where(col("drop_reason").isNull())
    clusters = _clusters(stage, vectors.join(kept.select("image_id"), "image_id", "left_semi"))
    by_entries = stage.conf.balance.sampler == "entries"
    stage.write(
        SAMPLES,
        lambda: (
            draw_entry_tiers(stage, clusters, kept) if by_entries else draw_tiers(stage, clusters)
        ),
    )


def _clusters(stage: Stage, vectors: DataFrame) -> DataFrame:
    """Fit the image centroids unless they are frozen, and place every kept image."""
    balance = stage.conf.balance
    what = Clustering(
        "image_id", IMAGE_EMBEDDINGS, IMAGE_CENTROIDS, IMAGE_CLUSTERS, balance.images_per_centroid,
        fit_of(balance), content=(IMAGES, "content_id"),
    )  # fmt: skip
    vectors = vectors.select("image_id", "embedding")

    def some(ids: DataFrame | None) -> DataFrame:
        return vectors if ids is None else vectors.join(ids, "image_id", "left_semi")

    return cluster_rows(
        stage, vectors, vectors.count(), what, some, lambda placed: placed.drop("embedding")
    )


def main() -> None:
    """spark-submit jobs/balance_pairs.py --env databricks --warehouse catalog.schema --files URI"""
    stage_main("balance_pairs")


if __name__ == "__main__":
    main()
