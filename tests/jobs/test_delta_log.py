"""The log of a local table, read without Spark, says what Delta's own history says."""

import json
from pathlib import Path

import pytest
from delta.tables import DeltaTable
from pyspark.sql import SparkSession

from jobs.delta_log import local_commits, local_versions
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

    newest, second, first = Warehouse(spark, str(tmp_path)).commits("numbers")
    assert newest.restored_to == 0
    assert [second.user_metadata, first.user_metadata] == [{"attempt": "2"}, {"attempt": "1"}]


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
