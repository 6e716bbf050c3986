"""What no line of ours may do: catch all and go on, unpickle, build SQL from text, collect what grows.

Each list below names the places that were looked at, and why they may. What is not named fails: bound
it, or name it with its bound. `tests/test_layers.py` holds the rules on what stands before a write.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_layers import LAYERS, ROOT, sources, tree_of

ALL = sources(*LAYERS)
BROAD = {
    "udfs/fetch_queue.py": "the error becomes the job's outcome, which its task raises",
    "udfs/web_fetcher.py": "the error is handed to the thread that started this one, which raises it",
    "jobs/runner.py": "a full disk must not hide the first fault, which is raised behind it",
}
UNPICKLERS = {"pickle", "cloudpickle", "dill", "joblib", "shelve", "marshal", "pandas.read_pickle"}
# What is interpolated there is a number, a setting's closed word, or a name that this code gives.
SQL_FROM_TEXT = {
    "jobs/warehouse.py": "a catalog's name after check_catalog_name; columns of our own tables",
    "jobs/forget/purge.py": "the name of a table of ours, as Delta's own statements take it",
    "jobs/commands/sql.py": "the user's own statement, which may only read",
}
# Rows that come to the driver, and what keeps them few at any size of the corpus.
COLLECTED = {
    "accounting.py": "a row a reason of a closed list",
    "added_rows.py": "one row",
    "answers.py": "a row a bucket",
    "blocks.py": "a row a cluster: 2e6 at most, 16 bytes each",
    "carry_over.py": "a row a kind of change: four",
    "centroids.py": "one row; a row a group: the root of the clusters; centroids below max_broadcast_mb",
    "changed_ids.py": "one row",
    "cluster_sizes.py": "a row a tier",
    "commits.py": "a row a commit of one table: 1,024 a run",
    "components.py": "one row",
    "cosine_band.py": "a row a cosine of four decimals: 20,001",
    "deal_hosts.py": "hosts with more than an eighth of a task's rows: 8 a task; one row a part of those",
    "entry_tiers.py": "words that occur balance.entry_min_count times; a row an entry; a row a bin",
    "export_tier.py": "a row a file: 10,000 at 100M rows",
    "exports.py": "a row a file that holds something to take out",
    "extract_documents.py": "one row",
    "fetch_images.py": "one row",
    "filter_sentences.py": "sentences.max_vocabulary words: 30 MB a million",
    "find_duplicates.py": "one row; a row a kind",
    "fit_groups.py": "a row a group: the root of the clusters",
    "fit_sample.py": "centroids of the sample, below max_broadcast_mb",
    "funnel.py": "a row a stage and entity; a row a kind; a row a tier",
    "generate_texts.py": "a row a reason of a closed list",
    "instruction_set.py": "a row a file",
    "kept_files.py": "a row a working file: as many as tasks",
    "ledger.py": "a row a stage; runs of one stage that died",
    "mine_tags.py": "tags: as many as asked for; the vectors of SAMPLE_IMAGES images",
    "model_tasks.py": "one row",
    "opt_out_table.py": "requests: what people have asked for, 100 bytes each",
    "origins.py": "as many labels as are told; one row",
    "publish_release.py": "a row a tier",
    "recall.py": "checks.recall_rows images with their answers",
    "record_files.py": "one row",
    "sample_records.py": "one row",
    "semantic_cells.py": "a row a cell; checks.recall_rows vectors",
    "semantic_pairs.py": "one row",
    "side_by_side.py": "rows of assessments: some hundred",
    "stage.py": "one row, behind a limit",
    "table_locks.py": "a row a stage",
    "tiers.py": "a row a cluster size: the root of twice the rows",
    "topic_tables.py": "the points of a map, behind a limit",
    "topics.py": "a row a topic; the words of the vocabulary, behind a limit",
    "warehouse.py": "one row",
}
COLLECTS = {"collect", "toArrow", "toPandas", "toLocalIterator"}
LOOKS = {
    "commands",
    "doctor",
    "explain",
    "maintain",
    "report",
    "verify",
}  # at few rows, or at limits
LINE = [path for path in sources("jobs") if not LOOKS & set(path.parts)]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Every call with the dotted text of what is called."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def is_broad(handler: ast.expr | None) -> bool:
    names = handler.elts if isinstance(handler, ast.Tuple) else [handler]
    return any(isinstance(n, ast.Name) and n.id in ("Exception", "BaseException") for n in names)


def broad_catches(tree: ast.AST) -> list[str]:
    """Handlers of everything that do not raise again, and blocks that suppress everything."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and is_broad(node.type):
            if not any(isinstance(part, ast.Raise) for part in ast.walk(node)):
                found.append(ast.unparse(node))
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
            found += [ast.unparse(node) for one in node.args if is_broad(one)]
    return found


@pytest.mark.parametrize(("text", "count"), [
    ("try: a()\nexcept Exception: pass", 1),
    ("try: a()\nexcept (ValueError, BaseException) as e: print(e)", 1),
    ("try: a()\nexcept Exception as e: raise Known() from e", 0),
    ("try: a()\nexcept OSError: pass", 0),
    ("with contextlib.suppress(Exception): a()", 1),
])  # fmt: skip
def test_a_broad_catch_is_seen(text, count):
    assert len(broad_catches(ast.parse(text))) == count


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_what_catches_everything_raises_again(path):
    assert name_of(path) in BROAD or broad_catches(tree_of(path)) == []


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_nothing_is_unpickled_or_evaluated(path):
    for called, node in calls(path):
        settings = {word.arg: ast.unparse(word.value) for word in node.keywords}
        module, _, function = called.rpartition(".")
        assert not (module in UNPICKLERS and function in ("load", "loads")), called
        assert called not in ("eval", "exec", "compile", "pandas.read_pickle", "yaml.load"), called
        if called == "torch.load":
            assert settings.get("weights_only") == "True", ast.unparse(node)
        assert settings.get("allow_pickle", "False") == "False", ast.unparse(node)
        assert settings.get("trust_remote_code", "False") == "False", ast.unparse(node)
        assert settings.get("shell", "False") == "False", ast.unparse(node)


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_a_statement_of_sql_is_no_text_with_something_in_it(path):
    statements = [
        node for called, node in calls(path)
        if called.endswith(".sql") and "spark" in called and node.args
        and not isinstance(node.args[0], ast.Constant)
    ]  # fmt: skip
    assert name_of(path) in SQL_FROM_TEXT or not statements, name_of(path)


def collects(tree: ast.AST) -> list[str]:
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    functions = (node.func for node in nodes)
    return [f.attr for f in functions if isinstance(f, ast.Attribute) and f.attr in COLLECTS]


def test_rows_that_come_to_the_driver_are_seen():
    assert collects(ast.parse("a.where(b).collect(); c.toPandas(); d.count()")) == [
        "collect", "toPandas",
    ]  # fmt: skip


@pytest.mark.parametrize("path", LINE, ids=name_of)
def test_rows_that_come_to_the_driver_are_bounded_by_what_the_list_says(path):
    found = collects(tree_of(path))
    assert not found or path.name in COLLECTED, f"{found}: bound it, and say by what in COLLECTED"
    assert "toPandas" not in found, "Arrow tells types and nulls apart; pandas does not"


def test_the_lists_name_no_file_that_does_nothing_of_the_kind():
    assert {path.name for path in LINE if collects(tree_of(path))} == set(COLLECTED)
    assert {name_of(path) for path in ALL if broad_catches(tree_of(path))} == set(BROAD)


def test_make_runs_the_long_tests_of_every_folder_that_has_some():
    found = set()
    for path in (ROOT / "tests").rglob("*.py"):
        if re.search(r"mark\.long\b", path.read_text(encoding="utf-8")) and path != Path(__file__):
            parts = path.relative_to(ROOT / "tests").parts
            found.add(parts[0] if len(parts) > 1 else "whole")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert set(re.search(r"^LONG := (.*)$", makefile, re.MULTILINE)[1].split()) == found
