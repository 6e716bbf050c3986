"""The benchmark of added rows on a tiny size: what is new gives the components of all anew."""

import argparse

import numpy as np
import pyarrow.parquet as pq
import pytest
from added_search import KINDS, three_runs
from bare_stage import BareStage

from realsyn_lib.config import load_config
from realsyn_lib.stages import stage_named


@pytest.mark.spark
@pytest.mark.parametrize("kind", KINDS)
def test_a_search_with_added_rows_gives_the_components_of_one_over_all(spark, tmp_path, kind):
    arguments = argparse.Namespace(base=None, width=24)
    rows = KINDS[kind].made(1200, arguments)
    config = load_config("local", ["dedup_sentences.rows_per_cluster=100"])
    found = three_runs(spark, config, KINDS[kind], tmp_path, rows, 1150)
    assert found["equal"] == 1
    assert found["rows_added"] == 50
    assert min(found[run] for run in ("first", "added", "anew")) > 0
    assert found["memory"] > 8


@pytest.mark.spark
@pytest.mark.parametrize("kind", KINDS)
def test_the_searches_find_pairs(spark, tmp_path, kind):
    rows = KINDS[kind].made(1200, argparse.Namespace(base=None, width=24))
    pq.write_table(rows, tmp_path / "rows.parquet")
    stage = BareStage(spark, load_config("local"), tmp_path, spec=stage_named(KINDS[kind].stage))
    found = KINDS[kind].find(stage, spark.read.parquet(str(tmp_path / "rows.parquet")), None)
    assert len(found) > 50
    assert np.isin(found, rows.column(0).to_numpy()).all()
