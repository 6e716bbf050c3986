"""What the EMR scripts call, taken by Amazon's own command line and by a model of EMR."""

import argparse
import json
import os
import subprocess
from pathlib import Path

import pytest

from jobs.runtime import add_run_arguments
from realsyn_lib.config import load_config
from realsyn_lib.stages import STAGES
from tests.cloud_tools import cloud_python

pytestmark = pytest.mark.long  # makes an environment of the cloud's own tools

EMR = Path(__file__).parents[2] / "deploy" / "emr"
CODE, ARN = "s3://bucket/realsyn/0.1.0", "arn:aws:iam::123456789012:role/realsyn"
GIVEN = {
    "CODE": CODE, "WAREHOUSE": "s3://bucket/warehouse", "INPUT": "s3://bucket/obelics",
    "LOGS": "s3://bucket/logs/", "SUBNET": "subnet-12345678", "ROLE": ARN, "APPLICATION": "APPLICATION",
    "CPU_CLUSTER": "CPU-CLUSTER", "GPU_CLUSTER": "GPU-CLUSTER", "LLM_CLUSTER": "LLM-CLUSTER",
    "AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing",
}  # fmt: skip
STAND_IN = """#!/usr/bin/env python3
import json, os, sys
words = sys.argv[1:]
if words[1] not in ("wait", "get-job-run"):
    print(json.dumps(words), file=open(os.environ["CALLS"], "a"))
print("SUCCESS" if words[1] == "get-job-run" else "some-id")
"""
SCRIPTS = ("create_clusters.sh", "submit.sh", "submit_serverless.sh")


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The calls of the three scripts, each run with a stand-in for `aws` that writes them down."""
    folder = tmp_path_factory.mktemp("aws")
    (folder / "aws").write_text(STAND_IN, encoding="utf-8")
    (folder / "aws").chmod(0o755)
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    environment = {
        **os.environ,
        **GIVEN,
        "PATH": path,
        "CALLS": str(folder / "calls"),
        "POLL_S": "0",
    }
    for script in SCRIPTS:
        answer = subprocess.run(
            [str(EMR / script)], env=environment, capture_output=True, text=True, check=False
        )
        assert answer.returncode == 0, answer.stderr
    return folder / "calls"


@pytest.fixture(scope="module")
def made(calls: Path) -> dict[str, list]:
    """What the model of EMR holds after these calls."""
    command = [str(cloud_python()), str(Path(__file__).with_name("replay_aws_calls.py"))]
    environment = {**os.environ, **GIVEN}
    answer = subprocess.run(
        command, input=calls.read_bytes(), env=environment, capture_output=True, check=False
    )
    assert answer.returncode == 0, answer.stderr.decode()[-3000:]
    return json.loads(answer.stdout)


def parsed(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_run_arguments(parser)
    return parser.parse_args(words)


def test_the_clusters_are_of_a_release_with_spark_4_and_of_the_three_kinds(made):
    assert [cluster["name"] for cluster in made["clusters"]] == [
        "realsyn-cpu", "realsyn-gpu", "realsyn-llm",
    ]  # fmt: skip
    for cluster in made["clusters"]:
        assert cluster["release"] == "emr-spark-8.0.0"
        assert cluster["groups"]["MASTER"] == 1 and cluster["groups"]["CORE"] >= 4
        assert {"delta-defaults", "spark-defaults"} <= set(cluster["configurations"])
        assert ("yarn-site" in cluster["configurations"]) == (cluster["name"] != "realsyn-cpu")


def test_clusters_with_gpus_bootstrap_with_files_that_are_there(made):
    found = [cluster["bootstrap"] for cluster in made["clusters"]]
    assert found == [
        [],
        [f"{CODE}/bootstrap_gpu.sh"],
        [f"{CODE}/bootstrap_gpu.sh", f"{CODE}/bootstrap_llm.sh"],
    ]
    assert all((EMR / path.rsplit("/", 1)[1]).is_file() for paths in found for path in paths)


def test_each_stage_is_one_step_on_the_cluster_of_its_kind(made):
    kinds = load_config("emr").stages
    for cluster in made["clusters"]:
        kind = cluster["name"].removeprefix("realsyn-")
        wanted = [stage.name for stage in STAGES if kinds.get(stage.name, "cpu") == kind]
        assert [name for name, _words in cluster["steps"]] == wanted


def test_each_step_is_a_spark_submit_of_its_stage_with_arguments_that_it_knows(made):
    for cluster in made["clusters"]:
        for name, words in cluster["steps"]:
            assert words[0] == "spark-submit"
            script = words.index(f"{CODE}/jobs/{name}.py")
            arguments = parsed(words[script + 1 :])
            assert (arguments.env, arguments.warehouse) == ("emr", GIVEN["WAREHOUSE"])
            assert bool(arguments.input) == (name == "extract_documents")


def test_serverless_runs_the_first_stages_of_the_kind_cpu_in_order(made):
    names = ["extract_documents", "fetch_images", "filter_images"]
    assert [name for name, _driver in made["runs"]] == names
    for name, driver in made["runs"]:
        assert driver["entryPoint"] == f"{CODE}/jobs/{name}.py"
        assert parsed(driver["entryPointArguments"]).env == "emr"
        assert (
            "spark.executorEnv.PYSPARK_PYTHON=./environment/bin/python"
            in driver["sparkSubmitParameters"]
        )


def test_serverless_refuses_a_stage_that_needs_a_gpu(calls: Path):
    environment = {**os.environ, **GIVEN, "FIRST": "embed_images", "LAST": "embed_images"}
    answer = subprocess.run(
        [str(EMR / "submit_serverless.sh")], env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert answer.returncode == 2
    assert "embed_images needs the kind gpu: run it on a cluster" in answer.stderr
