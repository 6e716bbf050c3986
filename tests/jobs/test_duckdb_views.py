"""Views of DuckDB show what is published, no more; read by delta-rs, without Spark."""

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from jobs.duckdb_views import open_duckdb
from realsyn_lib.errors import ContractError, InputError
from realsyn_lib.schema_version import SCHEMA_PROPERTY, SCHEMA_VERSION
from realsyn_lib.tables import FUNNEL, RUNS, WORDS, Table


def write(folder: Path, table: Table, rows: list[dict]) -> int:
    """Append a commit to a table that is made as ours are; return its version."""
    place, schema = str(folder / table.name), table.arrow_schema()
    if not DeltaTable.is_deltatable(place):
        write_deltalake(place, schema.empty_table())
        set_version(folder, table, str(SCHEMA_VERSION))
    whole = [{name: row.get(name) for name in table.names} for row in rows]
    write_deltalake(place, pa.Table.from_pylist(whole, schema=schema), mode="append")
    return DeltaTable(place).version()


def set_version(folder: Path, table: Table, version: str) -> None:
    found = DeltaTable(str(folder / table.name))
    found.alter.set_table_properties({SCHEMA_PROPERTY: version}, raise_if_not_exists=False)


def run_row(run_id: str, status: str, versions: dict[str, int]) -> dict:
    return {
        "run_id": run_id, "stage": "filter_sentences", "status": status, "config_digest": "",
        "input_versions": [], "output_versions": list(versions.items()), "took_s": 1.0,
        "started_at": datetime(2026, 1, 1, tzinfo=UTC), "metrics": [],
    }  # fmt: skip


def counted(run_id: str, rows: int) -> dict:
    return {
        "run_id": run_id,
        "stage": "filter_sentences",
        "entity": "sentence",
        "outcome": "in",
        "row_count": rows,
    }


def word(text: str) -> dict:
    return {"word": text, "occurrence_count": 1, "share": 0.5}


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    """Of three commits to `words` the second is published; a failed run made and counted the third."""
    first, second, _third = (
        write(tmp_path, WORDS, [word(t)]) for t in ("cat", "dog", "unfinished")
    )
    write(tmp_path, RUNS, [
        run_row("01", "finished", {"words": first}), run_row("02", "finished", {"words": second}),
        run_row("03", "failed", {}),
    ])  # fmt: skip
    write(tmp_path, FUNNEL, [counted("01", 1), counted("02", 2), counted("03", 3)])
    return tmp_path


def test_a_view_shows_the_version_that_the_last_finished_run_names(warehouse):
    words = open_duckdb(warehouse).sql("SELECT word FROM words ORDER BY word").fetchall()
    assert words == [("cat",), ("dog",)]


def test_the_funnel_leaves_out_what_older_and_failed_runs_counted(warehouse):
    connection = open_duckdb(warehouse)
    assert connection.sql("SELECT run_id, row_count FROM funnel").fetchall() == [("02", 2)]
    assert connection.sql("SELECT run_id FROM last_runs").fetchall() == [("02",)]
    assert connection.sql("SELECT count(*) FROM runs").fetchall() == [(3,)]


def test_a_table_that_nobody_published_has_no_view(warehouse):
    names = {name for (name,) in open_duckdb(warehouse).sql("SHOW TABLES").fetchall()}
    assert "words" in names and "sentences" not in names and "quarantine" not in names


def test_a_folder_without_runs_is_refused_by_name(tmp_path):
    with pytest.raises(InputError, match="no table runs"):
        open_duckdb(tmp_path)


def test_tables_of_another_layout_are_refused(tmp_path):
    write(tmp_path, RUNS, [run_row("01", "finished", {})])
    set_version(tmp_path, RUNS, "99")
    with pytest.raises(ContractError, match="is 99, expected"):
        open_duckdb(tmp_path)


@pytest.mark.demo
def test_vectors_of_the_demo_are_read_without_spark(demo_warehouse):
    rows = open_duckdb(demo_warehouse).sql(
        "SELECT octet_length(embedding) // 2 AS width, count(*) FROM image_embeddings GROUP BY ALL"
    ).fetchall()  # fmt: skip
    assert [width for width, _count in rows] == [384]
