"""Every command and setting that a page names is one that exists."""

import re
import shlex

import pytest

from jobs.cli import COMMANDS, build_parser
from realsyn_lib.config import Config, load_config
from realsyn_lib.errors import SettingError
from realsyn_lib.stages import STAGES_BY_NAME
from realsyn_lib.tables import TABLES_BY_NAME
from tests.docs.pages import PAGES, ROOT, blocks_of, inline_code_of, name_of, text_of

NOT_HISTORY = [page for page in PAGES if page.name != "CHANGELOG.md"]
SHELL = ("bash", "")
KNOWN = load_config("databricks")
MAKE = re.compile(r"^make ((?:[a-z][a-z0-9.\-]*)(?: [a-z][a-z0-9.\-]*)*)$")
TARGETS = set(
    re.findall(r"^([a-z][a-z0-9.\-]*)(?=[a-z0-9.\- ]*:)", text_of(ROOT / "Makefile"), re.MULTILINE)
) | {"spark-4.0", "spark-4.1", "spark-4.2"}
# Spark's own keys begin with spark, too.
SECTIONS = "|".join(set(Config.model_fields) - {"spark"})
SETTING = re.compile(rf"^({SECTIONS})\.([a-z_0-9.]+)(?:[ =:].*)?$")


def lines_of(path):
    """Shell lines of a page: fenced and indented blocks, and inline code."""
    fenced = [
        line for name in SHELL for block in blocks_of(path, name) for line in block.splitlines()
    ]
    indented = re.findall(r"^ {4}(\S.*)$", text_of(path), re.MULTILINE)
    return [line.strip() for line in (*fenced, *indented, *inline_code_of(path))]


def commands_of(path):
    """The words behind `realsyn` of each line that gives one, without what a shell does after it."""
    for line in lines_of(path):
        found = re.match(r"^(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?realsyn ([a-z]\S*(?: .*)?)$", line)
        if found:
            yield found.group(1)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_of_a_page_is_understood(page):
    for text in commands_of(page):
        words = shlex.split(re.sub(r"\[(-.*?)\]", r"\1", text).replace("...", ""))
        assert words[0] in COMMANDS, text
        if "|" in text or "{" in words[-1] or len(words) == 1 or not _is_whole(words):
            continue
        arguments = build_parser([words[0]]).parse_args(_with_values(words))
        for name in ("first", "last"):
            stage = getattr(arguments, name, None)
            assert stage in (None, "STAGE") or stage in STAGES_BY_NAME, text
        settings = [
            one
            for one in getattr(arguments, "settings", [])
            if one not in ("KEY=VALUE", "key=value")
        ]
        load_config("local", settings)


def _is_whole(words):
    """A command that a page names without the warehouse it is for is prose."""
    return words[0] in ("doctor", "demo", "models") or "--warehouse" in words


def _with_values(words):
    """Numbers in place of the N and HOURS of a synopsis."""
    return ["1" if word in ("N", "HOURS") else word for word in words]


@pytest.mark.parametrize("page", NOT_HISTORY, ids=name_of)
def test_every_make_target_of_a_page_is_in_the_makefile(page):
    for line in lines_of(page):
        found = MAKE.match(line)
        for target in found.group(1).split() if found else ():
            assert target in TARGETS, f"make {target}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_script_of_a_page_is_a_file(page):
    for line in lines_of(page):
        for script in re.findall(
            r"\b((?:jobs|docs|notebooks|tests|benchmarks)/[\w/]+\.py)\b", line
        ):
            assert script == "jobs/STAGE.py" or (ROOT / script).is_file(), line


@pytest.mark.parametrize("page", NOT_HISTORY, ids=name_of)
def test_every_setting_of_a_page_is_a_key_of_the_settings(page):
    """`images.phash` is a column: some sections have the name of a table."""
    for code in inline_code_of(page):
        found = SETTING.match(code.removeprefix("--set ").strip("'"))
        if found and not code.endswith(
            (".py", ".json", ".md", ".parquet", ".yaml", ".html", ".sh")
        ):
            section, keys = found.group(1), found.group(2).split(".")
            is_column = section in TABLES_BY_NAME and keys[0] in TABLES_BY_NAME[section].names
            assert is_column or _has(KNOWN, section, keys), code


def _has(config, section, keys):
    value = getattr(config, section)
    for key in keys:
        if isinstance(value, dict):
            return True  # tiers, stages and spark.conf take keys of the user's own
        if key not in type(value).model_fields:
            return False
        value = getattr(value, key)
    return True


def test_a_wrong_setting_would_be_noticed():
    assert not _has(load_config("local"), "images", ["min_side"])
    with pytest.raises(SettingError):
        load_config("local", ["images.min_side=3"])
