"""Fitted topics as rows of the tables ``topics`` and ``topic_points``."""

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import array_max, array_position, col, expr, posexplode

from jobs.assess.topics import Fitted
from jobs.fit_sample import rank_sql
from realsyn_lib.assess.topic_map import topic_map
from realsyn_lib.tables import TOPIC_POINTS, TOPICS


def topic_rows(spark: SparkSession, fitted: Fitted | None, source: str) -> DataFrame:
    """Return the rows of ``topics`` as the texts of one source hold them."""
    if fitted is None:
        return spark.createDataFrame([], TOPICS.schema_of())
    told = [(t.topic_id, list(t.words), list(t.word_weights)) for t in fitted.topics]
    names = spark.createDataFrame(told, TOPICS.schema_of("topic_id", "words", "word_weights"))
    of_source = fitted.weights.where(col("source") == source)
    main = array_position("weights", array_max("weights")) - 1
    each = of_source.select(main.alias("main"), posexplode("weights").alias("topic_id", "weight"))
    sums = each.groupBy("topic_id").agg(
        expr("avg(weight)").alias("share"), expr("count_if(main = topic_id)").alias("text_count")
    )
    joined = names.join(sums, "topic_id", "left").na.fill(0, ["share", "text_count"])
    return joined.select(*TOPICS.names)


def map_rows(spark: SparkSession, fitted: Fitted | None, rows: int, seed: int) -> DataFrame:
    """Return source and the rows of ``topic_points``: about ``rows`` texts, by hash, in the plane.

    The driver holds their weights.
    """
    ddl = f"source string, {TOPIC_POINTS.schema_of()}"
    if fitted is None or rows == 0:
        return spark.createDataFrame([], ddl)
    rank = (expr(rank_sql(seed, "image_id")), "image_id", "source")
    chosen = fitted.weights.orderBy(*rank).limit(rows).toArrow()
    weights = np.array(chosen["weights"].to_pylist())
    places = topic_map(weights, seed)
    main = weights.argmax(axis=1)
    table = pa.table({
        "source": chosen["source"],
        "image_id": chosen["image_id"],
        "topic_id": pa.array(main, pa.int32()),
        "weight": pa.array(weights.max(axis=1), pa.float32()),
        "x": pa.array(places[:, 0], pa.float32()),
        "y": pa.array(places[:, 1], pa.float32()),
    })  # fmt: skip
    return spark.createDataFrame(table, ddl)
