"""SQL text: split where statements end, refused where it could write."""

import pytest

from realsyn_lib.errors import InputError
from realsyn_lib.sql_text import statements_of


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
