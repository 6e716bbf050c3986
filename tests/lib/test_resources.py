"""Bundled files are found in an archive, too: code shipped by --py-files has no folder on the disk."""

import zipfile
from pathlib import Path

import pytest

from realsyn_lib.errors import EnvironmentFault
from realsyn_lib.resources import resource_path


@pytest.fixture
def package(tmp_path, monkeypatch) -> Path:
    """The package of an archive with one bundled file, on a node of its own."""
    (tmp_path / "node").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "node"))
    with zipfile.ZipFile(tmp_path / "realsyn.zip", "w") as file:
        file.writestr("realsyn_lib/resources.py", "")
        file.writestr("realsyn_lib/bundled/conf/base.yaml", "spark: {}\n")
    return tmp_path / "realsyn.zip" / "realsyn_lib"


def test_a_bundled_file_of_an_archive_is_unpacked_once_for_the_node(package, tmp_path):
    found = resource_path("conf", "base.yaml", package=package)
    assert found.read_text(encoding="utf-8") == "spark: {}\n"
    assert found.is_relative_to(tmp_path / "node")
    assert resource_path("conf", package=package) == found.parent
    folders = [path for path in found.parents[4].iterdir() if path.is_dir()]
    assert folders == [found.parents[3]]


def test_what_an_archive_does_not_bundle_is_named(package):
    with pytest.raises(EnvironmentFault, match=r"bundled file sql/funnel\.sql is missing beside"):
        resource_path("sql", "funnel.sql", package=package)
