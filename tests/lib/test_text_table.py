"""Plain text tables: aligned, cut, and safe on a terminal."""

from realsyn_lib.text_table import one_line, text_table


def test_numbers_stand_to_the_right_and_words_to_the_left():
    assert text_table(["name", "rows"], [("a", 5), ("bcdef", 1200)]).splitlines() == [
        "name   rows",
        "-----  ----",
        "a         5",
        "bcdef  1200",
    ]


def test_a_table_without_rows_still_names_its_columns():
    assert text_table(["a", "bc"], []) == "a  bc\n-  --"


def test_none_is_an_empty_cell_and_a_float_has_six_digits():
    assert text_table(["x", "y"], [(None, 0.123456789)]).splitlines()[2] == "   0.123457"


def test_a_long_cell_ends_in_an_ellipsis_at_the_limit():
    last = text_table(["t"], [("x" * 200,)], max_cell_chars=10).splitlines()[2]
    assert last == "x" * 9 + "\u2026"


def test_control_letters_cannot_act_on_a_terminal():
    assert one_line("a\x1b[31mb\nc\u202ed", 80) == "a\\x1b[31mb c\\u202ed"


def test_a_list_is_written_in_brackets():
    assert text_table(["v"], [([1.0, 2.5],)]).splitlines()[2] == "[1, 2.5]"
