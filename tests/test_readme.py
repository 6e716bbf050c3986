"""README: every command runs, every figure is that of the demo, every link leads somewhere."""

import re
import shlex
import shutil
from pathlib import Path

import duckdb
import pytest
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from jobs.cli import main
from realsyn_lib import errors
from realsyn_lib.stages import STAGES
from tests.slices import copy_slice

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMAND = ".venv/bin/realsyn "
MY_PAGES = ("farm/cow.html", "farm/duck.html", "farm/hens.html", "farm/sheep.html")
BEYOND_TABLES = {"the input", "opt_out", "files", "report.html"}
PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "RELIABILITY.md",
    *(f"docs/{p.name}" for p in ROOT.glob("docs/*.md")),
]


def blocks(language: str) -> list[str]:
    """The fenced blocks of a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)


def lines_of_shell() -> list[str]:
    return [line for block in blocks("bash") for line in block.splitlines() if line.strip()]


BLOCKS = [block for block in blocks("bash") if COMMAND in block]


@pytest.fixture(scope="module")
def checkout(demo_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder laid out like a checkout after `make demo`, with a reader's own pages in it."""
    folder = tmp_path_factory.mktemp("checkout")
    (folder / "samples").symlink_to(ROOT / "samples")
    shutil.copytree(demo_warehouse, folder / "build/demo")
    copy_slice(MY_PAGES, folder / "my-pages")
    return folder


def test_every_shell_line_is_a_make_target_or_a_command_of_ours():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z\-]+):", makefile, flags=re.MULTILINE))
    for line in lines_of_shell():
        words = line.split()
        assert line.startswith(COMMAND) or (words[0] == "make" and set(words[1:]) <= targets), line


@pytest.mark.long
@pytest.mark.spark
@pytest.mark.models
@pytest.mark.demo
@pytest.mark.parametrize(
    "block", BLOCKS, ids=[shlex.split(block)[1] + str(n) for n, block in enumerate(BLOCKS)]
)
def test_the_commands_of_a_block_end_well(block, checkout, monkeypatch):
    monkeypatch.chdir(checkout)
    for line in block.splitlines():
        with pytest.raises(SystemExit) as ended:
            main(shlex.split(line)[1:])
        assert ended.value.code == 0, line


@pytest.mark.spark
@pytest.mark.demo
def test_the_python_blocks_run(checkout, spark: SparkSession, capsys):
    for block in blocks("python"):
        here = block.replace('"build/demo', f'"{checkout}/build/demo')  # a JVM cannot change folder
        exec(compile(here, "README.md", "exec"), {"spark": spark})
    printed = capsys.readouterr().out
    assert "mismatched" in printed and "too_small" in printed


@pytest.mark.demo
@pytest.mark.parametrize(
    ("pattern", "query"),
    [
        (r"(\d+) pages, (\d+) readable", "extract_documents document in kept"),
        (r"(\d+) image places", "extract_documents image in"),
        (r"([\d,]+) sentences\n", "extract_documents sentence in"),
        (r"fetch_images +(\d+) of (\d+) addresses", "fetch_images image kept in"),
        (r"filter_images +(\d+) of (\d+) kept", "filter_images image kept in"),
        (r"embed_images +(\d+) vectors", "embed_images image kept"),
    ],
)
def test_the_picture_shows_the_demos_counts(pattern, query, demo_warehouse):
    assert figures(pattern) == counted(demo_warehouse, query)


@pytest.mark.demo
@pytest.mark.parametrize(
    ("pattern", "query"),
    [
        (r"dedup_images +(\d+) of (\d+) kept", "dedup_images image kept in"),
        (r"filter_sentences +(\d+) of ([\d,]+) kept", "filter_sentences sentence kept in"),
        (r"embed_sentences +(\d+) vectors", "embed_sentences sentence kept"),
        (r"dedup_sentences +(\d+) of (\d+) kept", "dedup_sentences sentence kept in"),
        (r"cluster_sentences +(\d+) in", "cluster_sentences sentence kept"),
        (r"retrieve_texts +(\d+) images", "retrieve_texts image kept"),
        (r"describe_images +(\d+) captions", "describe_images image kept"),
        (r"balance_pairs +(\d+) of (\d+) pairs", "balance_pairs pair kept in"),
    ],
)
def test_the_pictures_counts_behind_models_are_near_those_of_this_machine(
    pattern, query, demo_warehouse
):
    assert figures(pattern) == pytest.approx(counted(demo_warehouse, query), rel=0.05, abs=3)


@pytest.mark.demo
def test_the_reasons_in_words_are_those_of_the_sentences_table(demo_warehouse):
    told = figures(
        r"(\d+) hold an emoji, (\d+) an address, (\d+) are too short, (\d+) too long, (\d+) too simple, "
        r"(\d+) without an action, (\d+) say too little,\n(\d+) are too predictable and (\d+) too"
    )
    order = "emoji url too_short too_long low_complexity no_action low_entropy low_perplexity high_perplexity"
    found = reasons(demo_warehouse, "sentences", "drop_reason")
    expected = [found[word] for word in order.split()]
    assert told[:4] == expected[:4]
    assert told[4:] == pytest.approx(expected[4:], rel=0.05, abs=3)


@pytest.mark.demo
def test_the_count_of_refused_texts_is_near_that_of_this_machine(demo_warehouse):
    found = reasons(demo_warehouse, "synthetic_texts", "fallback_reason")
    written, all_texts = found.get(None, 0), sum(found.values())
    told = figures(r"generate_texts +(\d+) texts: (\d+) written, (\d+) times")
    assert told == pytest.approx([all_texts, written, all_texts - written], rel=0.2)
    assert figures(r"refuses (\d+) of (\d+)") == [told[2], told[0]]


def test_the_stage_table_is_that_of_the_code():
    rows = [line.strip("|").split("|") for line in README.splitlines() if line.startswith("| ")]
    told = {row[0].strip(): [_names(row[1]), _names(row[2])] for row in rows if len(row) == 5}
    for stage in STAGES:
        reads, writes = told[stage.name]
        assert reads - BEYOND_TABLES == set(stage.reads), stage.name
        assert writes - BEYOND_TABLES == set(stage.writes), stage.name
    assert [name for name in told if name in {s.name for s in STAGES}] == [s.name for s in STAGES]


def test_the_exit_codes_are_those_of_the_errors():
    codes = {int(code) for code in re.findall(r"^\| (\d) \|", README, flags=re.MULTILINE)}
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    assert codes == {0} | {
        kind.exit_code for kind in kinds if issubclass(kind, errors.RealSynError)
    }


@pytest.mark.parametrize("page", PAGES)
def test_every_link_of_a_page_leads_to_a_file(page):
    links = re.findall(r"\]\(([^)#]+)", (ROOT / page).read_text(encoding="utf-8"))
    for link in links:
        assert "://" in link or (ROOT / page).parent.joinpath(link).exists(), link


def figures(pattern: str) -> list[int]:
    """The numbers that README states in a place."""
    found = re.search(pattern, README)
    assert found, f"README has no {pattern}"
    return [int(text.replace(",", "")) for text in found.groups()]


def counted(warehouse: Path, query: str) -> list[int]:
    """Rows of a stage and entity for each outcome, as the last finished runs published them."""
    stage, entity, *outcomes = query.split()
    funnel, runs = (
        DeltaTable(str(warehouse / name)).to_pyarrow_table() for name in ("funnel", "runs")
    )
    rows = duckdb.execute(
        "SELECT outcome, sum(row_count) FROM funnel WHERE stage = $1 AND entity = $2 AND run_id = "
        "(SELECT max(run_id) FROM runs WHERE stage = $1 AND status = 'finished') GROUP BY outcome",
        [stage, entity],
    ).fetchall()
    assert funnel.num_rows and runs.num_rows
    return [int(dict(rows)[outcome]) for outcome in outcomes]


def reasons(warehouse: Path, table: str, column: str) -> dict[str | None, int]:
    values = DeltaTable(str(warehouse / table)).to_pyarrow_table(columns=[column])[column]
    return {row["values"]: row["counts"] for row in values.value_counts().to_pylist()}


def _names(cell: str) -> set[str]:
    return {name.strip() for name in cell.split(",") if name.strip()}
