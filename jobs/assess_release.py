"""pairs, samples, image_clusters and others -> assessments, topics, topic_points."""

from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql.functions import col, lit

from jobs.assess.cluster_sizes import cluster_size_rows
from jobs.assess.measures import distributions
from jobs.assess.origins import host_rows
from jobs.assess.perplexity import known, of_first_pairs, scored
from jobs.assess.release_rows import alt_texts, cosines, sizes
from jobs.assess.richness import densities, lengths
from jobs.assess.text_rows import text_rows
from jobs.assess.texts import texts_of
from jobs.assess.topic_tables import map_rows, topic_rows
from jobs.assess.topics import TopicSettings, fitted_topics
from jobs.fit_sample import hash_sample
from jobs.model_digests import open_registry, parser_use
from jobs.runtime import stage_main
from jobs.settings import model_use
from jobs.stage import Stage
from realsyn_lib.assess.axes import AXES
from realsyn_lib.tables import (
    ASSESSMENTS,
    IMAGE_CLUSTERS,
    IMAGES,
    PAIRS,
    RETRIEVED_TEXTS,
    SAMPLES,
    SENTENCES,
    TOPIC_POINTS,
    TOPICS,
)
from udfs.measure_texts import MEASURED_DDL, measure_texts

KINDS = ("text1", "syn_text")  # beside the alternative texts of the images
_SOURCE = ""  # of topics: there is no other set of pairs


def run(stage: Stage) -> None:
    """Measure in the cluster, write; the report is drawn from the tables."""
    settings = stage.conf.assess
    pairs = stage.kept(PAIRS)
    rows = pairs.count()
    stage.write(ASSESSMENTS, lambda: _measured(stage, pairs, rows))

    fitted_on = min(rows, settings.topic_rows)
    chosen = hash_sample(pairs, rows, settings.topic_rows, settings.seed, "image_id")
    texts = texts_of(chosen, KINDS[:1]).select(lit(_SOURCE).alias("source"), "image_id", "text")
    topics = TopicSettings(
        settings.topics, settings.vocabulary, settings.topic_iterations, settings.seed
    )
    stage.progress("fitting topics")
    with fitted_topics(texts, fitted_on, topics) as fitted:
        stage.write(TOPICS, lambda: topic_rows(stage.spark, fitted, _SOURCE))
        stage.write(
            TOPIC_POINTS, lambda: map_rows(stage.spark, fitted, settings.map_rows, settings.seed)
        )
    stage.account("pair", rows, {None: rows})


def _measured(stage: Stage, pairs: DataFrame, rows: int) -> DataFrame:
    """Return the rows of ``assessments``; each text of the sample is read by Python once."""
    settings = stage.conf.assess
    sample = hash_sample(pairs, rows, settings.sample_rows, settings.seed, "image_id")
    texts = texts_of(sample, KINDS).union(alt_texts(stage.kept(IMAGES), sample))
    parser = parser_use(open_registry(), stage.conf.models.parser)
    measured = stage.scratch(
        "measured", texts.select("kind", "text").mapInArrow(measure_texts(parser), MEASURED_DDL)
    )
    retrieved, clusters = stage.read(RETRIEVED_TEXTS), stage.read(IMAGE_CLUSTERS)
    values = [
        lengths(measured), densities(measured), *cosines(pairs, retrieved),
        known(stage.read(SENTENCES), retrieved, sample), *_scored(stage, texts),
    ]  # fmt: skip
    parts = [
        sizes(stage),
        text_rows(texts, measured, settings.bins),
        distributions(values, AXES, settings.bins),
        host_rows(pairs, settings.hosts),
        cluster_size_rows(clusters, stage.read(SAMPLES), clusters.count(), settings.seed),
    ]
    return reduce(DataFrame.unionByName, parts).coalesce(1)


def _scored(stage: Stage, texts: DataFrame) -> list[DataFrame]:
    """Return perplexities by the language model, where it is wanted: sentences have theirs already."""
    settings = stage.conf.assess
    if not settings.perplexity_rows:
        return []
    others = texts.where(col("kind") != KINDS[0])
    few = of_first_pairs(others, settings.perplexity_rows, settings.seed)
    use, tasks = model_use(stage, "language_model"), stage.conf.spark.shuffle_partitions
    return [stage.scratch("perplexities", scored(few.select("kind", "text"), use, tasks))]


def main() -> None:
    """spark-submit jobs/assess_release.py --env emr --warehouse s3://bucket/warehouse"""
    stage_main("assess_release")


if __name__ == "__main__":
    main()
