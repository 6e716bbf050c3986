"""realsyn sql: a query, or a file of queries, over the published tables."""

import argparse
import logging
from pathlib import Path
from typing import Any

import yaml
from pyspark.sql import DataFrame
from pyspark.sql.functions import col, concat, lit, octet_length

from jobs.faults import as_known_error
from jobs.published import Published, open_published
from jobs.query_views import create_views
from jobs.runtime import add_common_arguments
from jobs.spark_text import SPARK_FAULTS, spark_headline
from realsyn_lib.errors import InputError, RealSynError, SettingError
from realsyn_lib.resources import resource_path
from realsyn_lib.sql_text import Statement, statements_of, with_parameters
from realsyn_lib.stages import OWNER_OF
from realsyn_lib.tables import ALL_TABLES
from realsyn_lib.text_table import text_table

_DEFAULT_LIMIT = 200
_MAX_FILE_BYTES = 2**20
_SPARK_LOGGERS = ("SQLQueryContextLogger", "DataFrameQueryContextLogger")  # a page for each typo


def add_parser(subparsers: argparse._SubParsersAction) -> None:  # type: ignore[type-arg]
    """Add the subcommand."""
    parser = subparsers.add_parser("sql", help="query the tables; every table is a view")
    add_common_arguments(parser)
    parser.add_argument(
        "query", metavar="FILE|QUERY", help="a file, the name of a bundled query, or SQL text"
    )
    parser.add_argument("--param", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--limit", type=int, default=_DEFAULT_LIMIT, help="rows to print at most")
    parser.set_defaults(work=sql)


def sql(arguments: argparse.Namespace) -> int:
    """Run the statements and print their rows."""
    if arguments.limit < 1:
        raise SettingError(f"--limit is {arguments.limit}, expected at least 1")
    text = with_parameters(query_text(arguments.query), parameters_of(arguments.param))
    statements = statements_of(text)
    for name in _SPARK_LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    published = open_published(arguments)
    _create_views(published, statements)
    for statement in statements:
        print(_answer(published, statement, arguments.limit))
    return 0


def query_text(query: str) -> str:
    """Return the text of a file, of a bundled query, or the argument itself.

    Raises:
        InputError: it looks like a file, but there is none.
    """
    if len(query) < 255 and "\n" not in query and Path(query).is_file():
        return _read(Path(query))
    words = query.split()
    if len(words) != 1:
        return query
    bundled = resource_path("sql")
    name = Path(query).name.removesuffix(".sql")
    known = sorted(path.stem for path in bundled.glob("*.sql"))
    if name in known:
        return _read(bundled / f"{name}.sql")
    raise InputError(
        f"{query}: no such file or bundled query; expected SQL text, a file, or one of "
        f"{', '.join(known)}"
    )


def parameters_of(pairs: list[str]) -> dict[str, Any]:
    """Return the values of ``:name`` markers; a value is YAML, so 7 is a number and '7' a text."""
    parameters = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.isidentifier():
            raise SettingError(f"--param {pair!r}: expected NAME=VALUE, such as image_id=42")
        try:
            parameters[name] = yaml.safe_load(value)
        except yaml.YAMLError as error:
            raise SettingError(f"--param {name}: {value!r} is not YAML; quote it") from error
    return parameters


def _read(path: Path) -> str:
    if path.stat().st_size > _MAX_FILE_BYTES:
        raise InputError(f"{path}: {path.stat().st_size} bytes, expected a query of at most 1 MiB")
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not UTF-8 text; name a file of SQL") from error


def _create_views(published: Published, statements: list[Statement]) -> None:
    """Only what the text mentions is opened, so that a small query is fast."""
    lists = any("show" in statement.words for statement in statements)
    mentioned = tuple(
        table
        for table in ALL_TABLES
        if lists or any(statement.mentions(table.name) for statement in statements)
    )
    made = create_views(published, mentioned)
    absent = [table.name for table in mentioned if table.name not in made]
    if absent and not lists:
        raise InputError(
            f"table {absent[0]} is not published in {published.warehouse.location}; run with "
            f"--from {OWNER_OF.get(absent[0], 'extract_documents')}"
        )


def _answer(published: Published, statement: Statement, limit: int) -> str:
    try:
        frame = published.warehouse.spark.sql(statement.text)
        rows = _printable(frame).limit(limit + 1).collect()
    except SPARK_FAULTS as error:
        known = as_known_error(error, "sql")
        if type(known) is not RealSynError:
            raise known from error
        raise InputError(f"the query was refused: {spark_headline(error)}") from error
    table = text_table(frame.columns, rows[:limit])
    more = f"\n(the first {limit} rows; --limit N prints more)" if len(rows) > limit else ""
    return f"{table}{more}\n"


def _printable(frame: DataFrame) -> DataFrame:
    """Show of binary values only their length: image bytes never travel to the driver."""
    if len(set(frame.columns)) < len(frame.columns):
        return frame
    return frame.select(
        *(
            concat(lit("<"), octet_length(f"`{name}`"), lit(" bytes>")).alias(name)
            if kind == "binary"
            else col(f"`{name}`")
            for name, kind in ((name.replace("`", "``"), kind) for name, kind in frame.dtypes)
        )
    )
