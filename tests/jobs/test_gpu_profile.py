"""Tasks of a model on a manager that schedules GPUs: a real one, with cards that are made up."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.spark
@pytest.mark.long
def test_a_models_tasks_get_the_gpus_and_cores_of_their_profile(tmp_path):
    environment = os.environ | {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    environment["PYTHONPATH"] = str(ROOT)
    ran = subprocess.run(
        [sys.executable, "-m", "tests.jobs.scratch_gpus", str(tmp_path)],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    line = next(line for line in ran.stdout.splitlines() if line.startswith("{"))
    found = json.loads(line)
    assert [cores for cores, _ in found["own"]] == [1] * 4  # the cluster's: half a card, one core
    assert [cores for cores, _ in found["profile"]] == [2] * 4
    assert all(gpus in ("0", "1") for _, gpus in found["own"] + found["profile"])
