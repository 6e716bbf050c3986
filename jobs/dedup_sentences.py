"""sentences, sentence_embeddings -> sentence_duplicates."""

from pyspark.sql import DataFrame

from jobs.dedup.find_duplicates import Entities, find_duplicates
from jobs.dedup.kept_texts import near_texts_kept
from jobs.dedup.near_texts import TextSearch
from jobs.dedup.survivors import merits_of
from jobs.memory import Memory
from jobs.runtime import stage_main
from jobs.stage import Stage
from realsyn_lib.config import DedupSentenceSettings
from realsyn_lib.dedup.minhash import banding_for
from realsyn_lib.dedup.near_texts import NearTextRules
from realsyn_lib.tables import SENTENCE_DUPLICATES, SENTENCE_EMBEDDINGS, SENTENCES


def rules_of(settings: DedupSentenceSettings) -> NearTextRules:
    """Return when two sentences are near by their words."""
    banding = banding_for(
        settings.candidate_jaccard, settings.min_recall, settings.band_rows, settings.seed
    )
    return NearTextRules(settings.min_jaccard, settings.shingle_words, banding)


def run(stage: Stage) -> None:
    """Perceptual pairs by text, semantic ones by embedding."""
    settings = stage.conf.dedup_sentences
    texts = stage.kept(SENTENCES).selectExpr("sentence_id AS id", "text")
    vectors = stage.kept(SENTENCE_EMBEDDINGS).selectExpr("sentence_id AS id", "embedding")
    rules = rules_of(settings)
    stage.metrics["minhash_bands"] = float(rules.banding.bands)
    stage.metrics["candidate_recall"] = rules.banding.recall_at(settings.candidate_jaccard)

    def edges(memory: Memory, added: DataFrame | None) -> DataFrame:
        tasks = int(stage.conf.spark.shuffle_partitions)
        search = TextSearch(rules, texts.count(), stage.conf.batch.hash_bytes, tasks)
        return near_texts_kept(stage, memory, texts, added, search)

    marks = texts.selectExpr("id", "xxhash64(text) AS mark")
    merits = merits_of(stage.kept(SENTENCES), "sentence_id", settings.survivor)
    sentences = Entities("sentence", marks, vectors, merits)
    find_duplicates(stage, SENTENCE_DUPLICATES, sentences, edges, settings)


def main() -> None:
    """spark-submit jobs/dedup_sentences.py --env emr --warehouse s3://bucket/warehouse"""
    stage_main("dedup_sentences")


if __name__ == "__main__":
    main()
