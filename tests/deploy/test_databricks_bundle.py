"""The Databricks job against Databricks' own classes of what a bundle may hold."""

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.cloud_tools import cloud_python

pytestmark = pytest.mark.long  # makes an environment of the cloud's own tools

FOLDER = Path(__file__).parents[2] / "deploy" / "databricks"
JOB = FOLDER / "resources" / "realsyn.job.yml"
CHECK = """
import json, sys
from databricks.bundles.jobs import Job
job = Job.from_dict(json.load(sys.stdin))
clusters = {one.job_cluster_key: one.new_cluster for one in job.job_clusters}
print(json.dumps([
    job.max_concurrent_runs,
    [task.task_key for task in job.tasks],
    {key: [cluster.data_security_mode.value, cluster.spark_version] for key, cluster in clusters.items()},
]))
"""


def checked(job: dict) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(cloud_python()), "-c", CHECK], input=json.dumps(job), capture_output=True, text=True,
        check=False,
    )  # fmt: skip


@pytest.fixture
def job() -> dict:
    return yaml.safe_load(JOB.read_text(encoding="utf-8"))["resources"]["jobs"]["realsyn"]


def test_the_job_is_one_of_a_bundle_and_its_gpu_clusters_are_dedicated(job):
    answer = checked(job)
    assert answer.returncode == 0, answer.stderr[-2000:]
    runs, tasks, clusters = json.loads(answer.stdout)
    assert (runs, len(tasks)) == (1, 15)
    assert clusters == {
        "cpu": ["SINGLE_USER", "17.3.x-scala2.13"],
        "gpu": ["SINGLE_USER", "17.3.x-gpu-ml-scala2.13"],
        "llm": ["SINGLE_USER", "17.3.x-gpu-ml-scala2.13"],
    }


def test_a_field_that_no_job_has_is_found(job):
    job["tasks"][0]["depends_upon"] = []
    answer = checked(job)
    assert answer.returncode != 0 and "depends_upon" in answer.stderr


def test_the_bundle_has_a_target_to_try_and_one_to_run_and_a_wheel_with_a_version_of_its_own():
    bundle = yaml.safe_load((FOLDER / "databricks.yml").read_text(encoding="utf-8"))
    modes = {name: target["mode"] for name, target in bundle["targets"].items()}
    assert modes == {"dev": "development", "prod": "production"}
    assert bundle["targets"]["dev"]["default"] is True
    assert bundle["artifacts"]["realsyn"]["dynamic_version"] is True
    assert {"catalog", "schema", "volume"} <= set(bundle["variables"])
    included = [path for pattern in bundle["include"] for path in FOLDER.glob(pattern)]
    assert included == [JOB]
    assert (FOLDER / "start_vllm.sh").is_file()
    assert (FOLDER / bundle["artifacts"]["realsyn"]["path"] / "setup.py").is_file()
