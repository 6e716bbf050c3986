"""Published tables against their declarations: columns and unique keys."""

from collections.abc import Callable, Iterator
from functools import partial

from jobs.accounting import count_unique
from jobs.published import Published
from realsyn_lib.tables import Table


def schema_checks(published: Published) -> Iterator[tuple[str, Callable[[], str | None]]]:
    """Columns and types as declared, no null where none may be."""
    for table in published.tables():
        yield f"columns of {table.name}", partial(_schema, published, table)


def key_checks(published: Published) -> Iterator[tuple[str, Callable[[], str | None]]]:
    """The key of each table occurs once."""
    for table in published.tables():
        if table.key and not table.control:
            yield f"key of {table.name}", partial(_key, published, table)


def _schema(published: Published, table: Table) -> str | None:
    rows = published.read(table)
    required = [column.name for column in table.columns if not column.nullable]
    counted = rows.selectExpr(*(f"count_if(`{name}` IS NULL) AS `{name}`" for name in required))
    nulls = counted.collect()[0].asDict()
    wrong = [name for name in required if nulls[name]]
    if not wrong:
        return None
    return f"column {wrong[0]} is null in {nulls[wrong[0]]} rows, expected in none; {_rerun(table)}"


def _key(published: Published, table: Table) -> str | None:
    count_unique(published.read(table), table, "its stage")
    return None


def _rerun(table: Table) -> str:
    return f"run the stage that writes {table.name} again with --force"
