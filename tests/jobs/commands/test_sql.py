"""realsyn sql: the published tables as views, for people who query."""

import pytest

from jobs.commands.sql import parameters_of, query_text
from realsyn_lib.errors import InputError, SettingError
from realsyn_lib.resources import resource_path

pytestmark = [pytest.mark.spark, pytest.mark.demo]
BUNDLED = (
    "funnel", "why_dropped", "cluster_sizes", "image_history", "worst_pairs", "other_thresholds"
)  # fmt: skip


@pytest.mark.parametrize("name", BUNDLED)
def test_each_bundled_query_gives_rows_of_the_demo(realsyn, demo_warehouse, name):
    code, out, _err = realsyn("sql", "--warehouse", demo_warehouse, name)
    assert code == 0
    assert len(out.strip().splitlines()) > 3


def test_there_are_no_other_bundled_queries_than_those_tested():
    assert {path.stem for path in resource_path("sql").glob("*.sql")} == set(BUNDLED)


def test_the_funnel_adds_up_in_every_line(realsyn, demo_warehouse):
    _code, out, _err = realsyn("sql", "--warehouse", demo_warehouse, "funnel")
    rows = [line.split() for line in out.strip().splitlines()[2:]]
    assert len(rows) >= 15
    assert all(int(row[2]) == int(row[3]) + int(row[4]) + int(row[5]) for row in rows)


def lines(out):
    return {tuple(line.split()[:2]) for line in out.strip().splitlines()[2:]}


def test_thresholds_as_they_are_recount_the_reasons_that_are_stored(realsyn, demo_warehouse):
    _code, recounted, _err = realsyn("sql", "--warehouse", demo_warehouse, "other_thresholds")
    query = "SELECT coalesce(drop_reason, 'kept') AS r, count(*) AS n FROM sentences GROUP BY r"
    _code, stored, _err = realsyn("sql", "--warehouse", demo_warehouse, query)
    assert lines(recounted) == lines(stored)
    assert len(lines(stored)) > 6


def test_a_looser_threshold_keeps_what_was_scored_behind_it(realsyn, demo_warehouse):
    text = (resource_path("sql") / "other_thresholds.sql").read_text()
    loose = text.replace("30F AS min_perplexity", "0F AS min_perplexity").replace("0.3F", "0.1F")
    _code, out, _err = realsyn("sql", "--warehouse", demo_warehouse, loose)
    found = {
        line.split()[0]: [int(n) for n in line.split()[1:3]]
        for line in out.splitlines()[2:]
        if line
    }
    assert "low_perplexity" not in found
    assert found["kept"][0] > found["kept"][1] > 0  # more would be kept than are
    assert found["unknown"][1] == 0


def test_a_vector_is_an_array_of_unit_length(realsyn, demo_warehouse):
    query = (
        "SELECT count(*) AS n FROM image_embeddings WHERE abs(1 - "
        "aggregate(embedding, 0D, (sum, x) -> sum + x * x)) < 0.01 AND drop_reason IS NULL; "
        "SELECT count(*) AS n FROM image_embeddings WHERE drop_reason IS NULL"
    )
    _code, out, _err = realsyn("sql", "--warehouse", demo_warehouse, query)
    unit, every = (int(part.split()[2]) for part in out.strip().split("\n\n"))
    assert unit == every > 50


def test_image_bytes_are_shown_by_their_length(realsyn, demo_warehouse):
    query = "SELECT bytes, size_bytes FROM image_bytes WHERE bytes IS NOT NULL LIMIT 1"
    _code, out, _err = realsyn("sql", "--warehouse", demo_warehouse, query)
    shown, size = out.strip().splitlines()[2].rsplit(maxsplit=1)
    assert shown.strip() == f"<{size} bytes>"


def test_a_query_in_a_file_takes_parameters(realsyn, demo_warehouse, tmp_path):
    file = tmp_path / "mine.sql"
    file.write_text("SELECT count(*) AS n FROM samples WHERE tier = :tier")
    _code, out, _err = realsyn("sql", "--warehouse", demo_warehouse, file, "--param", "tier=small")
    assert out.split()[2] == "20"


def test_more_rows_than_the_limit_are_cut_and_said(realsyn, demo_warehouse):
    _code, out, _err = realsyn(
        "sql", "--warehouse", demo_warehouse, "--limit", "2", "SELECT word FROM words"
    )
    assert len(out.strip().splitlines()) == 5
    assert "--limit" in out


def test_an_unknown_column_is_refused_in_one_line_that_names_it(realsyn, demo_warehouse):
    code, _out, err = realsyn("sql", "--warehouse", demo_warehouse, "SELECT foo FROM images")
    assert code == 2
    assert "`foo`" in err
    assert len(err.strip().splitlines()) == 1


def test_a_statement_that_writes_is_refused(realsyn, demo_warehouse):
    code, _out, err = realsyn("sql", "--warehouse", demo_warehouse, "DROP TABLE images")
    assert code == 2
    assert "only reads" in err


def test_a_folder_that_is_no_warehouse_is_refused_by_name(realsyn, tmp_path):
    code, _out, err = realsyn("sql", "--warehouse", tmp_path, "SELECT 1")
    assert code == 2
    assert str(tmp_path) in err


def test_a_word_that_is_no_file_and_no_query_lists_the_bundled_ones():
    with pytest.raises(InputError, match="cluster_sizes, funnel"):
        query_text("funel")


def test_a_parameter_without_a_value_is_refused():
    with pytest.raises(SettingError, match="NAME=VALUE"):
        parameters_of(["image_id"])


def test_a_parameter_is_a_number_or_a_text_as_yaml_says():
    assert parameters_of(["a=-7", "b='7'"]) == {"a": -7, "b": "7"}
