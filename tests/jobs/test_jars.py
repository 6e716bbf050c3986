"""Delta's jars: a folder is used only when it is whole."""

import json
from pathlib import Path

import pytest

from jobs.jars import cached_jars, delta_jars, is_whole, jars_folder
from realsyn_lib.errors import EnvironmentFault


def filled(folder: Path) -> Path:
    (folder / "delta.jar").write_bytes(b"12345")
    (folder / "jars.json").write_text(json.dumps({"delta.jar": 5}), encoding="utf-8")
    return folder


def test_a_whole_folder_is_used_as_it_is(tmp_path: Path) -> None:
    assert cached_jars(filled(tmp_path)) == [str(tmp_path / "delta.jar")]


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
    assert jars_folder().parent == tmp_path / ".cache" / "realsyn"
    assert jars_folder().name.startswith("jars-spark4.")
