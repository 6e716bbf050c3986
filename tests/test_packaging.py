"""The distribution: what the source archive holds, and the wheel that is built from it alone."""

import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from setuptools import find_packages

ROOT = Path(__file__).parents[1]
BUNDLED = ("conf", "sql", "samples")
LEFT_OUT = shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "__pycache__")
BUILD_SDIST = "import sys; from setuptools.build_meta import build_sdist; build_sdist(sys.argv[1])"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source archive, unpacked; built from a copy, so that the checkout stays as it is."""
    folder = tmp_path_factory.mktemp("archive")
    shutil.copytree(ROOT, folder / "copy", ignore=LEFT_OUT)
    called([sys.executable, "-c", BUILD_SDIST, str(folder)], folder / "copy")
    (packed,) = folder.glob("realsyn-*.tar.gz")
    with tarfile.open(packed) as file:
        file.extractall(folder / "out", filter="data")
    (unpacked,) = (folder / "out").iterdir()
    return unpacked


@pytest.fixture(scope="module")
def wheel_names(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Names of the wheel's files; built without network, from what the archive holds."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index"]
    called([*pip, "--wheel-dir", str(folder), str(archive)], folder)
    (wheel,) = folder.glob("realsyn-*.whl")
    with zipfile.ZipFile(wheel) as file:
        return set(file.namelist())


def called(command: list[str], folder: Path) -> None:
    answer = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr[-2000:]


def files_below(folder: Path) -> set[str]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix() for path in found if "__pycache__" not in str(path)}


def test_the_archive_holds_every_file_that_the_tests_read(archive):
    for name in (*BUNDLED, "tests", "docs", "deploy", "notebooks", "benchmarks"):
        assert files_below(archive / name) == files_below(ROOT / name), name
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "Makefile"):
        assert (archive / name).is_file(), name


def test_the_wheel_holds_settings_queries_pages_and_the_reports_template(wheel_names):
    assert wheel_names >= {
        "realsyn_lib/bundled/conf/base.yaml",
        "realsyn_lib/bundled/sql/funnel.sql",
        "realsyn_lib/bundled/samples/pages/index.html",
        "realsyn_lib/report/templates/report.html",
        "realsyn_lib/report/templates/report.css",
        "realsyn_lib/view/templates/layout.html",
        "realsyn_lib/view/templates/view.js",
    }
    for name in BUNDLED:
        inside = {f"realsyn_lib/bundled/{name}/{path}" for path in files_below(ROOT / name)}
        assert inside <= wheel_names, name


def test_the_wheel_holds_every_package_and_nothing_of_the_tests(wheel_names):
    packages = find_packages(str(ROOT), include=("realsyn_lib*", "udfs*", "jobs*"))
    assert len(packages) > 10
    assert {f"{name.replace('.', '/')}/__init__.py" for name in packages} <= wheel_names
    tops = {name.split("/")[0] for name in wheel_names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "realsyn_lib", "udfs", "jobs",
    }  # fmt: skip


def test_the_lock_names_the_pinned_versions_each_with_hashes():
    pins = dict(
        line.split("==")
        for line in (ROOT / "conf/constraints-local.txt").read_text().splitlines()
        if "==" in line
    )
    entries = re.split(r"\n(?=\S)", (ROOT / "conf/requirements-local.lock").read_text().strip())
    locked = [re.match(r"([A-Za-z0-9._-]+)(?:\[.*\])?==([^ ;]+)", entry) for entry in entries]
    found = {match[1]: match[2] for match in locked if match}
    assert len(found) > 100 and {"pyspark", "torch", "pyarrow"} <= found.keys()
    known = {name.lower().replace("_", "-"): version for name, version in pins.items()}
    assert {
        name: v for name, v in found.items() if known.get(name.lower().replace("_", "-")) != v
    }.keys() <= {"setuptools"}  # which pip pins nowhere
    assert [entry for entry in entries if "==" in entry and "--hash=sha256:" not in entry] == []
