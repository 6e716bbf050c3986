"""The layers keep apart, and every declaration has what it declares."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from setuptools import find_packages

from realsyn_lib.config import Config
from realsyn_lib.reasons import DROPPED, FALLBACK, QUARANTINED
from realsyn_lib.stages import STAGES
from realsyn_lib.tables import ALL_TABLES, TABLES_BY_NAME

ROOT = Path(__file__).parents[1]
LAYERS = ("realsyn_lib", "udfs", "jobs")
STAGE_NAMES = [stage.name for stage in STAGES]
NEVER_IN_LIB = {
    "pyspark",
    "delta",
    "py4j",
    "pandas",
    "torch",
    "transformers",
    "vllm",
    "udfs",
    "jobs",
}
FAISS_MAY_BE_IN = ("realsyn_lib/retrieval/", "realsyn_lib/dedup/", "udfs/")
UNSTABLE = {"rand", "randn", "uuid", "monotonically_increasing_id", "first", "last", "any_value",
            "spark_partition_id", "now", "current_timestamp", "sample"}  # fmt: skip
UNSTABLE_SQL = ("rand(", "randn(", "uuid(", "monotonically_increasing_id(", " first(", "any_value(",
                "current_timestamp", "now(", "tablesample")  # fmt: skip


def sources(*layers: str) -> list[Path]:
    found = [path for layer in layers for path in sorted((ROOT / layer).rglob("*.py"))]
    assert found
    return found


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports_of(path: Path) -> Iterator[str]:
    """Full names of imported modules, those inside functions included."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{name.name}" for name in node.names)


def offenders(layers: tuple[str, ...], forbidden: set[str]) -> list[tuple[str, str]]:
    return [
        (str(path.relative_to(ROOT)), name)
        for path in sources(*layers)
        for name in imports_of(path)
        if name.split(".")[0] in forbidden
    ]


@cache
def strings_of(path: Path) -> list[str]:
    nodes = ast.walk(tree_of(path))
    return [n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)]


def test_the_library_imports_no_engine_no_model_runtime_and_no_upper_layer():
    assert offenders(("realsyn_lib",), NEVER_IN_LIB) == []


def test_udfs_know_no_job():
    assert offenders(("udfs",), {"jobs"}) == []


def test_no_layer_imports_tests_or_benchmarks():
    assert offenders(LAYERS, {"tests", "benchmarks", "pytest"}) == []


def test_faiss_is_imported_by_retrieval_dedup_and_udfs_only():
    users = {where for where, _ in offenders(LAYERS, {"faiss"})}
    assert {where for where in users if not where.startswith(FAISS_MAY_BE_IN)} == set()


def test_there_are_fifteen_stages():
    assert len(set(STAGE_NAMES)) == 15


@pytest.mark.parametrize("stage", STAGE_NAMES)
def test_a_stage_has_a_job_with_run_and_main_that_starts_when_submitted(stage):
    module = import_module(f"jobs.{stage}")
    assert callable(module.run) and callable(module.main)
    body = ast.unparse(tree_of(ROOT / "jobs" / f"{stage}.py").body[-1])
    assert body == "if __name__ == '__main__':\n    main()"


@pytest.mark.parametrize("stage", STAGE_NAMES)
def test_a_job_imports_no_other_job(stage):
    others = {f"jobs.{name}" for name in STAGE_NAMES if name != stage}
    named = set(imports_of(ROOT / "jobs" / f"{stage}.py"))
    assert {
        name for name in named for other in others if f"{name}.".startswith(f"{other}.")
    } == set()


@pytest.mark.parametrize("stage", STAGE_NAMES)
def test_the_first_line_of_a_job_says_what_comes_of_what(stage):
    assert "->" in ast.get_docstring(tree_of(ROOT / "jobs" / f"{stage}.py")).splitlines()[0]


def test_the_wheel_holds_the_three_packages():
    patterns = ("realsyn_lib*", "udfs*", "jobs*")
    packages = find_packages(str(ROOT), include=patterns)
    assert {name.split(".")[0] for name in packages} == set(LAYERS)
    folders = {path.parent.relative_to(ROOT).as_posix() for path in sources(*LAYERS)}
    assert {folder.replace("/", ".") for folder in folders} == set(packages)


def test_every_table_has_one_owner_or_is_control():
    written = Counter(table for stage in STAGES for table in stage.writes)
    data = [table.name for table in ALL_TABLES if not table.control]
    assert written == Counter(data)


def test_every_stage_reads_only_what_an_earlier_stage_writes():
    there: set[str] = set()
    for stage in STAGES:
        assert set(stage.reads) <= there, stage.name
        there |= set(stage.writes)


def test_the_key_of_every_table_is_made_of_its_columns():
    wrong = [t.name for t in ALL_TABLES if not set(t.key) <= set(t.names)]
    assert wrong == []
    assert all(table.key for table in ALL_TABLES if not table.control)


def test_a_bucketed_table_has_the_column_bucket_and_no_other_has():
    assert [t.name for t in ALL_TABLES if t.bucketed != ("bucket" in t.names)] == []


def test_only_control_tables_hold_timestamps():
    timed = [
        t.name for t in ALL_TABLES for c in t.columns if c.type == "timestamp" and not t.control
    ]
    assert timed == []


@pytest.mark.parametrize("stage", STAGES, ids=STAGE_NAMES)
def test_the_settings_of_a_stage_are_sections_that_never_hold_mere_speed(stage):
    sections = set(Config.model_fields) - {
        "spark",
        "resources",
        "batch",
        "checks",
        "stages",
        "models",
    }
    assert set(stage.settings) <= sections
    assert set(stage.models) <= set(Config.model_fields["models"].annotation.model_fields)


def test_base_yaml_holds_every_setting_once_and_no_other():
    base = yaml.safe_load((ROOT / "conf" / "base.yaml").read_text(encoding="utf-8"))
    assert list(base) == list(Config.model_fields)
    for section, field in Config.model_fields.items():
        if section != "stages":
            assert set(base[section]) == set(field.annotation.model_fields), section


@pytest.mark.parametrize("env", ["local", "databricks", "emr"])
def test_an_environment_overlays_only_settings_that_base_yaml_has(env):
    base = yaml.safe_load((ROOT / "conf" / "base.yaml").read_text(encoding="utf-8"))
    over = yaml.safe_load((ROOT / "conf" / f"{env}.yaml").read_text(encoding="utf-8")) or {}
    unknown = [
        f"{s}.{k}" for s, keys in over.items() if s != "stages" for k in keys if k not in base[s]
    ]
    assert unknown == []


def called_names(path: Path) -> Iterator[str]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call):
            function = node.func
            if isinstance(function, ast.Attribute):
                yield function.attr
            elif isinstance(function, ast.Name):
                yield function.id


def aliased(path: Path) -> set[str]:
    """Names under which a module imports an unstable function of Spark."""
    froms = (n for n in ast.walk(tree_of(path)) if isinstance(n, ast.ImportFrom))
    spark = (n for n in froms if (n.module or "").startswith("pyspark"))
    return {name.name for node in spark for name in node.names} & UNSTABLE


WRITERS = [
    path
    for path in sources("jobs")
    if not {"commands", "report", "explain", "view"} & set(path.parts)
]


@pytest.mark.parametrize("path", WRITERS, ids=lambda path: path.stem)
def test_nothing_before_a_write_depends_on_chance_order_or_time(path):
    methods = {"sample", "randomSplit", "monotonically_increasing_id", "first", "head", "take"}
    assert aliased(path) | (set(called_names(path)) & methods) == set()
    texts = [text.lower() for text in strings_of(path)]
    assert [text for text in texts for word in UNSTABLE_SQL if word in text] == []


@pytest.mark.parametrize("path", WRITERS, ids=lambda path: path.stem)
def test_a_limit_stands_behind_an_order(path):
    """``df.limit`` alone keeps whatever comes first; behind ``orderBy`` it is a choice.

    What is collected at once, for a message, is not written.
    """
    calls = [ast.unparse(node) for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call)]
    collected = {call.removesuffix(".collect()") for call in calls if call.endswith(".collect()")}
    limits = [call for call in calls if re.search(r"\.limit\([^()]*\)$", call)]
    assert [call for call in limits if "orderBy" not in call and call not in collected] == []


@pytest.mark.parametrize("word", sorted({**DROPPED, **QUARANTINED, **FALLBACK}))
def test_every_reason_of_the_closed_lists_is_given_somewhere(word):
    files = [path for path in sources(*LAYERS) if path.name != "reasons.py"]
    used = {text for path in files for text in strings_of(path)}
    if word.endswith("_duplicate"):  # kind and suffix are put together
        assert word.removesuffix("_duplicate") in used
    else:
        assert any(word in text for text in used)


def test_no_word_stands_in_two_of_the_closed_lists():
    counts = Counter([*DROPPED, *QUARANTINED, *FALLBACK])
    assert [word for word, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("path", sources(*LAYERS), ids=lambda path: path.stem)
def test_a_module_catches_no_bare_exception_and_imports_no_star(path):
    for node in ast.walk(tree_of(path)):
        assert not (isinstance(node, ast.ExceptHandler) and node.type is None), path
        assert not (isinstance(node, ast.ImportFrom) and node.names[0].name == "*"), path


def test_declared_tables_are_found_by_name():
    assert [TABLES_BY_NAME[table.name] is table for table in ALL_TABLES] == [True] * len(ALL_TABLES)
