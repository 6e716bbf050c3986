"""The assessment of one table of pairs, or of two side by side -> Delta tables and a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import col, concat, lit
from pyspark.storagelevel import StorageLevel

from jobs.assess.entities import entities_of, entity_rows
from jobs.assess.measures import counts, distributions, labelled, values_on
from jobs.assess.origins import host_rows, licence_rows
from jobs.assess.pair_tables import PairTable
from jobs.assess.perplexity import of_first_pairs, scored
from jobs.assess.richness import densities, lengths
from jobs.assess.text_rows import text_rows
from jobs.assess.texts import texts_of
from jobs.assess.topic_tables import map_rows, topic_rows
from jobs.assess.topics import TopicSettings, fitted_topics
from jobs.fit_sample import hash_sample
from jobs.report.assessments import assessed_set
from jobs.settings import use_of
from jobs.warehouse import Warehouse
from realsyn_lib.assess.axes import AXES, COSINES
from realsyn_lib.config import Config
from realsyn_lib.errors import GateError
from realsyn_lib.report.assessed_rows import assessment_of, measures_of
from realsyn_lib.report.assessment import Assessment
from realsyn_lib.tables import ASSESSMENTS, TOPIC_POINTS, TOPICS, Table
from udfs.measure_texts import MEASURED_DDL, measure_texts
from udfs.models.load_parser import ParserUse

SHARED = "shared"
"""Folder of what is of both sets of pairs."""


@dataclass(frozen=True)
class _Measured:
    """A set of pairs, its rows, the texts of its sample, and what was found in them."""

    table: PairTable
    rows: int
    texts: DataFrame
    found: DataFrame


def assess_side_by_side(
    spark: SparkSession, tables: Sequence[PairTable], out: str, config: Config, parser: ParserUse
) -> Assessment:
    """Assess the tables, write the rows of each below ``out``, and return the figures.

    Topics are fitted on the texts of all tables together, so that shares can be compared; a table's
    own are in ``<out>/<name>``, entities that two share in ``<out>/shared``. What is there is replaced.

    Raises:
        GateError: a table has no row.
    """
    sets = [_measure(table, config, parser) for table in tables]
    for one in sets:
        _write(spark, f"{out}/{one.table.name}", ASSESSMENTS, _rows(one, config))
    if len(sets) > 1:
        _write(spark, f"{out}/{SHARED}", ASSESSMENTS, _shared(sets))
    _write_topics(spark, sets, out, config)
    for one in sets:
        one.found.unpersist()
    return _figures(spark, tables, out)


def _measure(table: PairTable, config: Config, parser: ParserUse) -> _Measured:
    settings = config.assess
    rows = table.frame.count()
    if rows == 0:
        raise GateError(f"--pairs {table.name} has no row: there is nothing to assess")
    sample = hash_sample(table.frame, rows, settings.sample_rows, settings.seed, "image_id")
    texts = texts_of(sample, table.kinds)
    found = texts.select("kind", "text").mapInArrow(measure_texts(parser), MEASURED_DDL)
    return _Measured(table, rows, texts, found.persist(StorageLevel.MEMORY_AND_DISK))


def _rows(one: _Measured, config: Config) -> DataFrame:
    """Return the rows of ``assessments`` for one set of pairs."""
    settings, frame = config.assess, one.table.frame
    values = [lengths(one.found), densities(one.found)]
    if one.table.has("cosine"):
        kind = "syn" if "syn_text" in one.table.kinds else one.table.kinds[0]
        values.append(values_on(COSINES, frame, lit(kind), col("cosine")))
    if settings.perplexity_rows:
        few = of_first_pairs(one.texts, settings.perplexity_rows, settings.seed)
        use = use_of(config.models.language_model, config.resources)
        values.append(scored(few.select("kind", "text"), use, config.spark.shuffle_partitions))
    parts = [
        counts([labelled(frame, "count", lit("pairs"))]),
        text_rows(one.texts, one.found, settings.bins),
        distributions(values, AXES, settings.bins),
    ]
    if one.table.has("raw_image_url"):
        parts.append(host_rows(frame, settings.hosts))
    if one.table.has("licence"):
        parts.append(licence_rows(frame, settings.hosts))
    return reduce(DataFrame.unionByName, parts)


def _shared(sets: Sequence[_Measured]) -> DataFrame:
    """Return how many entities kinds of text of different sets share; labels name set and kind."""
    named = [
        entities_of(one.found).select(
            concat(lit(f"{one.table.name}:"), "kind").alias("kind"), "entity"
        )
        for one in sets
    ]
    rows = entity_rows(reduce(DataFrame.union, named))
    first, second = (f"{one.table.name}:" for one in sets)
    label = col("label")
    both = (label.startswith(first) & label.contains(f"+{second}")) | (
        label.startswith(second) & label.contains(f"+{first}")
    )
    return rows.where((col("measure") == "shared_entities") & both)


def _write_topics(
    spark: SparkSession, sets: Sequence[_Measured], out: str, config: Config
) -> None:  # fmt: skip
    settings = config.assess
    each = settings.topic_rows // len(sets)
    texts = [_topic_texts(one, each, settings.seed) for one in sets]
    rows = sum(min(one.rows, each) for one in sets)
    fit = TopicSettings(
        settings.topics, settings.vocabulary, settings.topic_iterations, settings.seed
    )
    with fitted_topics(reduce(DataFrame.union, texts), rows, fit) as fitted:
        points = map_rows(spark, fitted, settings.map_rows, settings.seed).persist()
        for one in sets:
            name = one.table.name
            _write(spark, f"{out}/{name}", TOPICS, topic_rows(spark, fitted, name))
            _write(spark, f"{out}/{name}", TOPIC_POINTS, points.where(col("source") == name))
        points.unpersist()


def _topic_texts(one: _Measured, rows: int, seed: int) -> DataFrame:
    """Return source, image_id, text of a set's first kind of text; rows that repeat count once."""
    table = one.table
    chosen = hash_sample(table.frame, one.rows, rows, seed, "image_id")
    texts = texts_of(chosen, table.kinds[:1]).dropDuplicates(["image_id"])
    return texts.select(lit(table.name).alias("source"), "image_id", "text")


def _write(spark: SparkSession, folder: str, table: Table, rows: DataFrame) -> None:
    warehouse = Warehouse(spark, folder)
    warehouse.create(table)
    target = warehouse.where(table.name)
    rows.select(*table.names).coalesce(1).write.format("delta").mode("overwrite").save(target)


def _figures(spark: SparkSession, tables: Sequence[PairTable], out: str) -> Assessment:
    sets = []
    for table in tables:
        made = Warehouse(spark, f"{out}/{table.name}")
        frames = (made.read(kind) for kind in (ASSESSMENTS, TOPICS, TOPIC_POINTS))
        sets.append(assessed_set(table.name, *frames))
    if len(sets) == 1:
        return assessment_of(sets)
    shared = Warehouse(spark, f"{out}/{SHARED}").read(ASSESSMENTS).collect()
    return assessment_of(sets, measures_of((row.measure, row.label, row.value) for row in shared))
