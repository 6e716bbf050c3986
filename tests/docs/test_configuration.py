"""docs/configuration.md against the settings and the stages that declare them."""

import re
from pathlib import Path

import pytest

from realsyn_lib.config import Config, load_config
from realsyn_lib.stages import STAGES

ROOT = Path(__file__).parents[2]
LAYERS = ("realsyn_lib", "udfs", "jobs")
PAGE = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
KINDS = dict(re.findall(r"^\| (\w+) \| [^|]+ \| ([^|]+) \|$", PAGE, flags=re.MULTILINE))
CONTENT = {section for stage in STAGES for section in stage.settings} | {"models"}


def test_the_page_lists_every_section_of_the_settings_once():
    assert set(KINDS) - {"section"} == set(Config.model_fields)


def test_the_page_lists_every_environment_variable_that_the_code_reads():
    sources = [path for layer in LAYERS for path in (ROOT / layer).rglob("*.py")]
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    read = set(re.findall(r'environ(?:\.get\(|\.setdefault\(|\[)"(\w+)"', code))
    read |= set(re.findall(r'"(REALSYN_\w+)"', code)) | {"REALSYN_LLM_KEY"}
    assert {"JAVA_HOME", "CUDA_VISIBLE_DEVICES", "REALSYN_MODEL_TIMES"} <= read
    listed = set(re.findall(r"`([A-Z_]+)`", PAGE.split("## Environment variables")[1]))
    assert read <= listed


@pytest.mark.parametrize("section", sorted(Config.model_fields))
def test_the_page_says_content_where_a_stages_digest_holds_the_section(section):
    assert KINDS[section].startswith("content") == (section in CONTENT)


def test_the_pages_examples_of_set_are_accepted():
    examples = re.findall(
        r"--set '?([^\s'][^'\n]*?)'?(?=\s--set|\n)", PAGE.split("are YAML:")[1].split("\n`")[0]
    )
    assert len(examples) == 6
    config = load_config("local", examples)
    assert config.images.min_side_px == 200
    assert config.balance.min_cosine is None and config.balance.low_quantile == 0.05
    assert config.balance.tiers["tiny"].rows == 5 and "small" in config.balance.tiers
    assert config.spark.conf["spark.sql.shuffle.partitions"] == "64"
