"""Names that the templates and their pages use are those of the settings and of the code."""

import argparse
import os
import re
import subprocess
from pathlib import Path

import pytest

from jobs.jars import delta_packages, s3_packages
from jobs.runtime import add_run_arguments
from realsyn_lib.config import Config, load_config
from realsyn_lib.sources.formats import FORMATS
from realsyn_lib.stages import STAGES

DEPLOY = Path(__file__).parents[2] / "deploy"
TEXTS = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
STAND_IN = '#!/usr/bin/env bash\nprintf "%s\\t" "$@" >> "$CALLS"; echo >> "$CALLS"\n'


def settings_of(environment: str) -> set[str]:
    """Every key of the settings, written as --set takes it."""
    values = load_config(environment).model_dump()
    return {f"{section}.{key}" for section, keys in values.items() if keys for key in keys}


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(DEPLOY)))
def test_every_setting_that_a_template_names_is_one(path):
    sections = "|".join(sorted(set(Config.model_fields) - {"spark"}))
    named = re.findall(rf"`(?:--set )?((?:{sections})\.\w+)", path.read_text(encoding="utf-8"))
    assert set(named) <= settings_of("emr")


def test_the_pages_name_settings_at_all():
    text = (DEPLOY / "emr" / "README.md").read_text(encoding="utf-8")
    assert "`resources.gpus_per_task`" in text


def test_the_default_formats_are_some_that_are_read():
    found = []
    for path in TEXTS:
        text = path.read_text(encoding="utf-8")
        found += re.findall(r'"\$\{FORMAT:=(\w+)\}"', text)
        found += re.findall(r"^  format:\n.*\n    default: (\w+)$", text, flags=re.MULTILINE)
    assert len(found) >= 3 and set(found) <= set(FORMATS)


@pytest.fixture(scope="module")
def submits(tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    """The spark-submit lines of Kubernetes, written down by a stand-in."""
    folder = tmp_path_factory.mktemp("kubernetes")
    (folder / "spark-submit").write_text(STAND_IN, encoding="utf-8")
    (folder / "spark-submit").chmod(0o755)
    given = {
        "MASTER": "k8s://https://host:6443", "IMAGE": "realsyn:0.1.0",
        "WAREHOUSE": "s3a://bucket/warehouse", "INPUT": "s3a://bucket/obelics",
        "CALLS": str(folder / "calls"), "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
    }  # fmt: skip
    subprocess.run([str(DEPLOY / "kubernetes/submit.sh")], env={**os.environ, **given}, check=True)
    lines = (folder / "calls").read_text(encoding="utf-8").splitlines()
    return [line.rstrip("\t").split("\t") for line in lines]


def test_kubernetes_submits_every_stage_with_arguments_that_it_knows(submits):
    parser = argparse.ArgumentParser()
    add_run_arguments(parser)
    for stage, words in zip(STAGES, submits, strict=True):
        script = words.index(f"local:///opt/realsyn-jobs/{stage.name}.py")
        arguments = parser.parse_args(words[script + 1 :])
        assert (arguments.env, arguments.warehouse) == ("emr", "s3a://bucket/warehouse")
        is_gpu = load_config("emr").stages.get(stage.name) == "gpu"
        assert ("spark.executor.resource.gpu.vendor=nvidia.com" in words) == is_gpu


def test_kubernetes_takes_the_jars_that_a_local_session_takes(submits):
    for words in submits:
        packages = words[words.index("--packages") + 1].split(",")
        assert packages == [delta_packages().wanted[0], s3_packages().wanted[0]]


def test_the_image_has_the_spark_that_the_code_is_tested_with():
    text = (DEPLOY / "kubernetes" / "Dockerfile").read_text(encoding="utf-8")
    (found,) = re.findall(r"^FROM apache/spark:([\d.]+)-scala2\.13", text, flags=re.MULTILINE)
    constraints = (DEPLOY.parent / "conf" / "constraints-local.txt").read_text(encoding="utf-8")
    assert f"pyspark=={found}\n" in constraints
