"""SQL text: split where statements end, refused where it could write."""

import pytest

from realsyn_lib.errors import InputError
from realsyn_lib.sql_text import statements_of, with_parameters


def test_a_semicolon_in_a_string_a_name_or_a_comment_ends_nothing():
    sql = "SELECT ';', `a;b` -- one; two\n/* three; */ FROM t"
    assert [statement.text for statement in statements_of(sql)] == [sql]


def test_two_statements_are_two_and_empty_ones_are_none():
    texts = [statement.text for statement in statements_of("SELECT 1;; SELECT 2;\n-- end")]
    assert texts == ["SELECT 1", "SELECT 2"]


def test_a_table_is_mentioned_bare_or_in_backticks_but_not_in_a_string():
    statement = statements_of("SELECT 'pairs' FROM Images JOIN `samples`")[0]
    names = ("images", "samples", "pairs")
    assert [statement.mentions(name) for name in names] == [True, True, False]


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE images",
        "SELECT 1; DELETE FROM images",
        "WITH x AS (SELECT 1) INSERT INTO images SELECT * FROM x",
        "FROM images INSERT INTO pairs SELECT *",
        "/* SELECT */ VACUUM images",
        "set spark.sql.ansi.enabled=false",
    ],
)
def test_a_statement_that_is_no_query_is_refused(sql):
    with pytest.raises(InputError, match="only reads"):
        statements_of(sql)


def test_text_without_a_statement_is_refused():
    with pytest.raises(InputError, match="empty"):
        statements_of(" ; -- nothing\n")


def test_a_column_named_as_a_writing_word_is_allowed_in_backticks():
    assert statements_of("SELECT `delete` FROM t")[0].quoted == ("delete",)


def test_a_parameter_becomes_a_literal_but_not_in_a_string_or_a_comment():
    sql = "SELECT ':a', :a, x::int -- :a"
    assert with_parameters(sql, {"a": -7}) == "SELECT ':a', -7, x::int -- :a"


def test_a_text_cannot_leave_its_quotes():
    found = with_parameters("SELECT :a", {"a": "it's \\' OR 1=1 -- "})
    assert found == "SELECT 'it\\'s \\\\\\' OR 1=1 -- '"
    assert statements_of(found + "; SELECT 2")[0].words == ("select",)


@pytest.mark.parametrize(
    ("value", "literal"), [(None, "NULL"), (True, "TRUE"), (0.5, "double('0.5')")]
)
def test_other_values_have_their_literal(value, literal):
    assert with_parameters(":a", {"a": value}) == literal


def test_a_parameter_that_the_query_lacks_is_refused():
    with pytest.raises(InputError, match="no :b"):
        with_parameters("SELECT :a", {"b": 1})


def test_a_list_is_no_parameter():
    with pytest.raises(InputError, match="got list"):
        with_parameters("SELECT :a", {"a": [1]})
