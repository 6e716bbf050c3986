"""The SQL forms of hashes, words and bins equal the array forms."""

import numpy as np
import pyarrow as pa
import pytest

from realsyn_lib.assess.histograms import Bins, bin_numbers
from realsyn_lib.balance import hash_rank, hash_rank_sql
from realsyn_lib.dedup.words import normalised, normalised_sql

pytestmark = pytest.mark.spark

IDS = np.random.default_rng(1).integers(-(2**63), 2**63 - 1, 500, dtype=np.int64)


def test_hash_ranks_are_those_of_sql(spark):
    rank = hash_rank_sql(9, "id")
    rows = spark.createDataFrame([(int(i),) for i in IDS], "id bigint").selectExpr(
        "id", f"{rank} AS hash_rank"
    )
    found = {row.id: row.hash_rank for row in rows.collect()}
    assert [found[i] for i in IDS.tolist()] == hash_rank(9, IDS).tolist()


def test_normalised_text_is_that_of_sql_and_null_without_words(spark):
    texts = ["Über--Alles,  don't! ", "?!", "", "नमस्ते दुनिया 2", "a\tb\nc", "½ cup", "ΣΑΣ σας İZ"]
    frame = spark.createDataFrame([(n, text) for n, text in enumerate(texts)], "n int, t string")
    rows = frame.orderBy("n").selectExpr(normalised_sql("t")).collect()
    assert [row[0] or "" for row in rows] == normalised(pa.array(texts)).to_pylist()
    assert rows[1][0] is None


def test_bins_are_those_of_sql(spark):
    values = [-2.0, -1.0, -0.9999, -0.5, 0.0, 0.3, 0.6999999, 1.0, 5.0]
    bins = Bins(-1.0, 1.0, 40)
    frame = spark.createDataFrame([(value,) for value in values], "x double")
    rows = frame.selectExpr("x", f"{bins.sql('x')} AS bin").orderBy("x").collect()
    assert [row.bin for row in rows] == bin_numbers(np.array(values), bins).tolist()
