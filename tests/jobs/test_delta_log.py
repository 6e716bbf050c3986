"""The log of a local table, read without Spark, says what Delta's own history says."""

import json
from pathlib import Path

import pytest
from delta.tables import DeltaTable
from pyspark.sql import SparkSession

from jobs.commits import told_history
from jobs.delta_log import has_only_beginnings, local_commits, local_versions
from jobs.warehouse import Warehouse


@pytest.mark.spark
def test_commits_read_from_the_log_are_those_of_the_history(
    spark: SparkSession, tmp_path: Path
) -> None:
    place = tmp_path / "numbers"
    for count in (1, 2):
        writer = spark.range(count).write.format("delta").mode("overwrite")
        writer.option("userMetadata", json.dumps({"attempt": str(count)})).save(str(place))
    DeltaTable.forPath(spark, str(place)).restoreToVersion(0)

    history = DeltaTable.forPath(spark, str(place)).history().select("version", "operation")
    found = [(version, info["operation"]) for version, info in local_commits(place)]
    assert found == [(row.version, row.operation) for row in history.collect()]

    warehouse = Warehouse(spark, str(tmp_path))
    newest, second, first = warehouse.commits("numbers")
    told_by_delta = told_history(DeltaTable.forPath(spark, str(place)))  # where there is no folder
    assert [version for version, _ in told_by_delta] == [2, 1, 0]
    assert newest.restored_to == 0
    assert [second.user_metadata, first.user_metadata] == [{"attempt": "2"}, {"attempt": "1"}]


@pytest.mark.spark
def test_maintenance_does_not_hide_the_newest_commit_of_content(spark: SparkSession, tmp_path):
    place = str(tmp_path / "numbers")
    for _ in range(2):
        spark.range(1).coalesce(1).write.format("delta").mode("append").save(place)
    DeltaTable.forPath(spark, place).optimize().executeCompaction()
    newest = DeltaTable.forPath(spark, place).history(1).collect()[0]
    assert (newest.version, newest.operation) == (2, "OPTIMIZE")
    commits = Warehouse(spark, str(tmp_path)).commits("numbers", limit=1)
    assert [(commit.version, commit.operation) for commit in commits] == [(1, "WRITE")]


def test_checkpoints_and_unfinished_files_are_no_versions(tmp_path: Path) -> None:
    log = tmp_path / "_delta_log"
    log.mkdir()
    names = ["00000000000000000009.json", "00000000000000000010.json"]
    others = [
        "00000000000000000010.checkpoint.parquet",
        ".00000000000000000011.json.tmp",
        "11.json",
    ]
    for name in names + others:
        (log / name).touch()
    assert local_versions(tmp_path) == [10, 9]


def test_a_folder_without_a_log_has_no_versions(tmp_path: Path) -> None:
    assert local_versions(tmp_path / "absent") == []


def test_a_log_of_beginnings_alone_is_none_that_holds_a_commit(tmp_path):
    log = tmp_path / "_delta_log"
    assert not has_only_beginnings(tmp_path)
    (log / "_staged_commits").mkdir(parents=True)
    (log / ".00000000000000000000.json.x.tmp").touch()
    assert has_only_beginnings(tmp_path)
    (log / "00000000000000000010.checkpoint.parquet").touch()
    assert not has_only_beginnings(tmp_path)
