"""Delta's jars: a folder is used only when it is whole."""

import json
from pathlib import Path

import pytest

from jobs.jars import (
    Packages,
    cached_jars,
    delta_jars,
    delta_packages,
    is_whole,
    s3_packages,
)
from realsyn_lib.errors import EnvironmentFault


def filled(folder: Path) -> Path:
    (folder / "delta.jar").write_bytes(b"12345")
    (folder / "jars.json").write_text(json.dumps({"delta.jar": 5}), encoding="utf-8")
    return folder


def test_a_whole_folder_is_used_as_it_is(tmp_path: Path) -> None:
    packages = Packages("Delta", filled(tmp_path), ("no:such:package",))
    assert cached_jars(packages) == [str(tmp_path / "delta.jar")]


def test_a_jar_that_was_cut_short_makes_the_folder_unusable(tmp_path: Path) -> None:
    (filled(tmp_path) / "delta.jar").write_bytes(b"123")
    assert not is_whole(tmp_path)


def test_jars_without_a_manifest_are_not_trusted(tmp_path: Path) -> None:
    (filled(tmp_path) / "jars.json").unlink()
    assert not is_whole(tmp_path)


def test_a_torn_manifest_is_not_trusted(tmp_path: Path) -> None:
    (filled(tmp_path) / "jars.json").write_text('{"delta.jar": ', encoding="utf-8")
    assert not is_whole(tmp_path)


def test_a_named_jar_that_is_missing_is_said_with_its_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    absent = tmp_path / "absent.jar"
    monkeypatch.setenv("REALSYN_DELTA_JARS", str(absent))
    with pytest.raises(EnvironmentFault, match=r"absent\.jar, which is no file"):
        delta_jars()


def test_the_jars_stay_in_the_users_cache_wherever_the_models_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("REALSYN_MODELS", "/models")
    assert delta_packages().folder.parent == tmp_path / ".cache" / "realsyn"
    assert s3_packages().folder.parent == tmp_path / ".cache" / "realsyn"


@pytest.mark.parametrize(
    ("spark", "delta", "artefact"),
    [
        ("4.0.2", "4.0.1", "io.delta:delta-spark_2.13:4.0.1"),
        ("4.0.2", "4.1.0", "io.delta:delta-spark_4.0_2.13:4.1.0"),
        ("4.1.1", "4.3.1", "io.delta:delta-spark_4.1_2.13:4.3.1"),
        ("4.2.0", "4.4.0", "io.delta:delta-spark_4.2_2.13:4.4.0"),
    ],
)
def test_each_spark_gets_the_jars_of_its_own_delta(
    monkeypatch: pytest.MonkeyPatch, spark: str, delta: str, artefact: str
) -> None:
    monkeypatch.setattr("jobs.jars.pyspark.__version__", spark)
    monkeypatch.setattr("jobs.jars.version", lambda _name: delta)
    assert delta_packages().wanted == (artefact,)
    assert delta_packages().folder.name == f"jars-spark{spark}-delta{delta}"


def test_s3_comes_for_sparks_own_hadoop_without_all_of_amazons_sdk() -> None:
    packages = s3_packages()
    assert packages.wanted[0] == "org.apache.hadoop:hadoop-aws:3.5.0"
    assert packages.left_out == ("software.amazon.awssdk:bundle",)
