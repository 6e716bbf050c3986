"""The command where a package is missing."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WITHOUT = "import sys; sys.modules[sys.argv[1]] = None; from jobs.cli import main; main(['doctor'])"


@pytest.mark.parametrize(
    ("module", "package"), [("py4j", "pyspark"), ("yaml", "pyyaml"), ("numpy", "numpy")]
)
def test_a_missing_package_is_named_in_one_line_with_its_remedy(module, package):
    answer = subprocess.run(
        [sys.executable, "-c", WITHOUT, module],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    (line,) = answer.stderr.splitlines()
    assert answer.returncode == 2
    assert line.startswith(f"realsyn: the package {package} is not installed in {sys.prefix}; ")
    assert line.endswith("in the checkout run `make setup`, or `pip install '.[local,cpu]'`")


def test_a_missing_module_of_our_own_is_no_missing_package():
    answer = subprocess.run(
        [sys.executable, "-c", WITHOUT, "realsyn_lib.errors"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 1
    assert "realsyn_lib.errors" in answer.stderr and "not installed" not in answer.stderr
