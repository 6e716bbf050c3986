"""A function of Arrow arrays gives the same column on every Spark 4."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyspark.sql import functions
from pyspark.sql.functions import col

from jobs.compat import arrow_function, map_with_profile, on_series
from realsyn_lib.embeddings import EMBEDDING_TYPE
from udfs.vector_arrays import vector_arrays

VECTORS = [np.array(row, EMBEDDING_TYPE).tobytes() for row in ([0.5, -0.25], [1.0, 0.0])]
ROOT = Path(__file__).parents[2]
NEWER = {  # pyspark's marks "versionadded" 4.1, 4.2 and 4.3, of what could be wanted here
    "arrow_udf", "arrow_udtf", "repartitionById", "nearestByJoin", "zipWithIndex", "cpuAmount",
    "vector_cosine_similarity", "vector_inner_product", "vector_l2_distance", "vector_norm",
    "vector_normalize", "vector_avg", "vector_sum", "jaro_winkler_similarity", "python_worker_logs",
}  # fmt: skip
DECODE = vector_arrays(EMBEDDING_TYPE)


def same(numbers: pa.Array) -> pa.Array:
    return numbers


def test_a_series_of_vectors_becomes_a_series_of_lists_and_null_stays_null():
    found = on_series(DECODE)(pd.Series([VECTORS[0], None, VECTORS[1]]))
    assert [None if row is None else list(row) for row in found] == [[0.5, -0.25], None, [1.0, 0.0]]


def test_a_series_of_nothing_but_nulls_is_decoded():
    assert list(on_series(DECODE)(pd.Series([None, None], dtype=object))) == [None, None]


def test_large_whole_numbers_lose_no_digit_beside_a_null():
    found = on_series(lambda _: pa.array([2**53 + 1, None]))(pd.Series([0, 0]))
    assert list(found) == [2**53 + 1, None]


def test_what_spark_4_0_lacks_is_named_by_the_compat_module_only():
    layers = (path for layer in ("jobs", "udfs") for path in (ROOT / layer).rglob("*.py"))
    users = {
        path.relative_to(ROOT).as_posix()
        for path in layers
        if NEWER & set(re.findall(r"\w+", path.read_text(encoding="utf-8")))
    }
    assert users == {"jobs/compat.py"}


@pytest.mark.spark
@pytest.mark.parametrize("has_arrow_udf", [True, False], ids=["Spark 4.1", "Spark 4.0"])
def test_the_column_is_the_same_with_and_without_arrow_udf(spark, monkeypatch, has_arrow_udf):
    if not has_arrow_udf:
        monkeypatch.delattr(functions, "arrow_udf", raising=False)
    frame = spark.createDataFrame([(1, VECTORS[0]), (2, None)], "n bigint, v binary")
    shown = frame.select(
        arrow_function(DECODE, "array<float>")(col("v")).alias("v"),
        arrow_function(same, "bigint")(col("n")).alias("n"),
    )
    assert shown.dtypes == [("v", "array<float>"), ("n", "bigint")]
    assert sorted(map(tuple, shown.collect()), key=str) == [(None, 2), ([0.5, -0.25], 1)]


@pytest.mark.spark
def test_a_session_that_schedules_no_gpus_maps_with_its_own_settings(spark):
    rows = map_with_profile(spark.range(3), lambda batches: batches, "id bigint", 1.0, cpus=8)
    assert sorted(row.id for row in rows.collect()) == [0, 1, 2]
