"""sentences, sentence_embeddings -> sentence_duplicates."""

from pyspark.sql import DataFrame
from pyspark.sql.functions import col, expr
from pyspark.sql.functions import min as min_of

from jobs.dedup import find_duplicates
from jobs.equal_keys import equal_keys
from jobs.runtime import stage_main
from jobs.stage import Stage
from jobs.survivors import merits_of
from realsyn_lib.dedup.minhash import Banding, banding_for
from realsyn_lib.dedup.shingles import jaccard_sql, normalised_sql
from realsyn_lib.tables import SENTENCE_DUPLICATES, SENTENCE_EMBEDDINGS, SENTENCES
from udfs.minhash import BANDED_DDL, minhash_bands


def equal_texts(sentences: DataFrame) -> DataFrame:
    """Join sentences that differ in case and punctuation only: each to the smallest id."""
    keyed = sentences.select("sentence_id", expr(normalised_sql("text")).alias("same"))
    return equal_keys(keyed, "sentence_id", "same")


def banded(sentences: DataFrame, banding: Banding) -> DataFrame:
    """Return id, bands, shingles of one sentence for each normalised text."""
    keyed = sentences.select("sentence_id", expr(normalised_sql("text")).alias("same"))
    distinct = keyed.where(col("same").isNotNull()).groupBy("same")
    texts = distinct.agg(min_of("sentence_id").alias("id")).selectExpr("id", "same AS text")
    return texts.mapInArrow(minhash_bands(banding), BANDED_DDL)


def near_texts(rows: DataFrame, min_jaccard: float) -> DataFrame:
    """Join rows that share a band and whose exact Jaccard reaches the threshold."""
    keys = rows.selectExpr("id", "explode(bands) AS band")
    left, right = keys.alias("a"), keys.alias("b")
    met = left.join(right, "band").where("a.id < b.id")
    pairs = met.select(col("a.id").alias("src"), col("b.id").alias("dst")).distinct()
    sets = rows.select("id", "shingles")
    both = pairs.join(sets.toDF("src", "left"), "src").join(sets.toDF("dst", "right"), "dst")
    return both.where(expr(f"{jaccard_sql('left', 'right')} >= {min_jaccard}")).select("src", "dst")


def run(stage: Stage) -> None:
    """Perceptual pairs by text, semantic ones by embedding."""
    settings = stage.conf.dedup_sentences
    sentences = stage.kept(SENTENCES)
    vectors = stage.kept(SENTENCE_EMBEDDINGS).selectExpr("sentence_id AS id", "embedding")
    banding = banding_for(settings.min_jaccard, settings.min_recall, seed=settings.seed)
    stage.metrics["recall_at_min_jaccard"] = banding.recall_at(settings.min_jaccard)

    def edges() -> DataFrame:
        rows = stage.scratch("minhash", banded(sentences, banding))
        return equal_texts(sentences).union(near_texts(rows, settings.min_jaccard))

    merits = merits_of(sentences, "sentence_id", settings.survivor)
    find_duplicates(stage, SENTENCE_DUPLICATES, "sentence", vectors, merits, edges, settings)


def main() -> None:
    """spark-submit jobs/dedup_sentences.py --env emr --warehouse s3://bucket/warehouse"""
    stage_main("dedup_sentences")


if __name__ == "__main__":
    main()
