"""realsyn.schema_version: this one passes, every other is refused with what to do."""

import pytest

from realsyn_lib.schema_version import MIGRATIONS, SCHEMA_VERSION, refusal_of


def test_a_table_of_this_version_is_taken():
    assert refusal_of("wh/pairs", str(SCHEMA_VERSION)) is None


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (None, "wh/pairs: realsyn.schema_version is missing, expected 1; tables without a version"),
        ("0", "wh/pairs: realsyn.schema_version is 0, expected 1; tables without a version"),
        ("2", "is 2, expected 1; a newer realsyn wrote it: install that version"),
        ("one", "is one, expected 1; it was changed by hand"),
        ("-1", "is -1, expected 1; it was changed by hand"),
    ],
)
def test_every_other_version_is_told_with_what_to_do(found, told):
    assert told in str(refusal_of("wh/pairs", found))


def test_every_version_has_the_step_that_leads_to_it():
    assert sorted(MIGRATIONS) == list(range(1, SCHEMA_VERSION + 1))
