"""The templates of deploy/ against the stages, the settings and the distribution's entry points."""

import json
import re
import tomllib
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from jobs.cli import build_parser
from jobs.model_digests import open_registry
from realsyn_lib.config import load_config
from realsyn_lib.stages import STAGES

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
LINE = [stage.name for stage in STAGES]
KINDS = {"cpu", "gpu", "llm"}


def kinds_of(environment: str) -> list[tuple[str, str]]:
    """Every stage in order with the cluster kind that the settings give it."""
    kinds = load_config(environment).stages
    return [(name, kinds.get(name, "cpu")) for name in LINE]


def databricks_job() -> dict[str, Any]:
    text = (DEPLOY / "databricks/resources/realsyn.job.yml").read_text(encoding="utf-8")
    return yaml.safe_load(text)["resources"]["jobs"]["realsyn"]


def parameters_of(task: dict[str, Any]) -> list[str]:
    """The task's arguments, with what Databricks fills in replaced by plain values."""
    texts = task["python_wheel_task"]["parameters"]
    return [re.sub(r"\$\{[^}]*\}|\{\{[^}]*\}\}", "html", text) for text in texts]


@pytest.mark.parametrize("folder", ["databricks", "emr", "kubernetes"])
def test_each_platform_says_plainly_that_it_was_not_run(folder):
    text = (DEPLOY / folder / "README.md").read_text(encoding="utf-8")
    assert "A template." in text and "run" in text.split("\n\n")[1]


def test_the_databricks_tasks_are_the_stages_in_order_on_their_cluster_kind():
    tasks = databricks_job()["tasks"]
    found = [(task["task_key"], task["job_cluster_key"]) for task in tasks]
    assert found == kinds_of("databricks")


def test_each_databricks_task_waits_for_the_one_before_it():
    tasks = databricks_job()["tasks"]
    waits = [[one["task_key"] for one in task.get("depends_on", [])] for task in tasks]
    assert waits == [[], *([name] for name in LINE[:-1])]


def test_each_databricks_task_runs_its_own_stage_with_arguments_the_command_knows():
    for task in databricks_job()["tasks"]:
        arguments = build_parser().parse_args(parameters_of(task))
        assert (arguments.first, arguments.last) == (task["task_key"], task["task_key"])
        assert (arguments.env, arguments.command) == ("databricks", "run")
        assert bool(arguments.input) == (task["task_key"] == "extract_documents")


def test_every_databricks_cluster_kind_is_defined_and_used():
    job = databricks_job()
    defined = {cluster["job_cluster_key"] for cluster in job["job_clusters"]}
    assert defined == KINDS == {task["job_cluster_key"] for task in job["tasks"]}


def test_the_databricks_tasks_call_an_entry_point_of_the_distribution():
    (command,) = entry_points(group="console_scripts", name="realsyn")
    assert command.dist is not None
    for task in databricks_job()["tasks"]:
        wheel = task["python_wheel_task"]
        assert wheel["package_name"] == command.dist.name
        assert wheel["entry_point"] == command.name
        assert {"whl": "../../../dist/*.whl"} in task["libraries"]
    assert callable(command.load())


def test_every_variable_of_the_databricks_job_is_declared():
    bundle = yaml.safe_load((DEPLOY / "databricks/databricks.yml").read_text(encoding="utf-8"))
    text = (DEPLOY / "databricks/resources/realsyn.job.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"\$\{var\.(\w+)\}", text)) == set(bundle["variables"])


def test_the_submit_scripts_name_the_stages_in_order_with_their_kind():
    text = (DEPLOY / "stages.sh").read_text(encoding="utf-8")
    block = text.split("STAGES=(\n")[1].split("\n)")[0]
    found = [tuple(line.strip().strip('"').split()) for line in block.splitlines()]
    assert found == kinds_of("emr")


@pytest.mark.parametrize("platform", ["emr", "kubernetes"])
def test_the_submit_scripts_run_a_file_that_each_stage_has(platform):
    text = (DEPLOY / platform / "submit.sh").read_text(encoding="utf-8")
    assert 'source "$(dirname "$0")/../stages.sh"' in text and "jobs/$stage.py" in text
    assert all((ROOT / "jobs" / f"{name}.py").is_file() for name in LINE)


def test_the_emr_steps_find_models_and_python_in_the_archive_that_they_bring():
    submit = (DEPLOY / "emr/submit.sh").read_text(encoding="utf-8")
    assert "--archives,$CODE/env.tar.gz#environment" in submit
    assert "spark.pyspark.python=./environment/bin/python" in submit
    for place in ("spark.yarn.appMasterEnv", "spark.executorEnv"):
        assert f"--conf,{place}.REALSYN_MODELS=./environment/models" in submit


@pytest.mark.parametrize("folder", ["databricks", "emr", "kubernetes"])
def test_the_models_that_a_platform_fetches_need_nothing_but_its_extra(folder):
    """With the extra `gpu` there is no gguf: the local language models cannot be converted."""
    text = (DEPLOY / folder / "README.md").read_text(encoding="utf-8")
    (names,) = set(re.findall(r"realsyn models fetch ([\w -]+\w)", text))
    sources = [open_registry().get(name).source for name in names.split()]
    assert {source.convert for source in sources} == {"none", "perceptron", "efficientnet_lite0"}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_emr_classifications_turn_delta_on_and_give_gpus_to_the_kinds_that_need_them(kind):
    listed = json.loads((DEPLOY / f"emr/{kind}.json").read_text(encoding="utf-8"))
    found = {entry["Classification"]: entry["Properties"] for entry in listed}
    assert found["delta-defaults"] == {"delta.enabled": "true"}
    assert found["spark-defaults"]["spark.sql.extensions"].endswith("DeltaSparkSessionExtension")
    has_gpu = "spark.executor.resource.gpu.amount" in found["spark-defaults"]
    assert has_gpu == (kind != "cpu") == ("yarn-site" in found)


def test_the_image_installs_an_extra_that_the_distribution_has():
    text = (DEPLOY / "kubernetes/Dockerfile").read_text(encoding="utf-8")
    (extra,) = re.findall(r"^ARG EXTRA=(\w+)$", text, flags=re.MULTILINE)
    setup = (ROOT / "setup.py").read_text(encoding="utf-8")
    assert f'"{extra}": [' in setup


def test_the_image_holds_what_the_wheel_is_built_from():
    ignored = (DEPLOY / "kubernetes/Dockerfile.dockerignore").read_text(encoding="utf-8").split()
    let_in = {line[1:] for line in ignored if line.startswith("!")}
    assert {"jobs", "udfs", "realsyn_lib", "conf", "sql", "samples", "setup.py"} <= let_in
    assert all((ROOT / name).exists() for name in let_in)
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]
    assert build["build-backend"] == "setuptools.build_meta"


def test_the_packages_of_the_wheel_can_be_found():
    assert all(find_spec(name) is not None for name in ("jobs", "udfs", "realsyn_lib"))
