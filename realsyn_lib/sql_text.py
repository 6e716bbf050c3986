"""SQL text cut into statements, and proof that a statement only reads."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from realsyn_lib.errors import InputError

_TOKEN = re.compile(
    r"""(?P<string>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
    r"""|(?P<name>`(?:``|[^`])*`)"""
    r"""|(?P<comment>--[^\n]*|/\*.*?\*/)"""
    r"""|(?P<parameter>(?<![:\w]):[^\W\d]\w*)"""
    r"""|(?P<word>[^\W\d]\w*)"""
    r"""|(?P<end>;)""",
    re.DOTALL,
)
_READING = frozenset(
    ["select", "with", "from", "values", "table", "show", "describe", "desc", "explain"]
)
_WRITING = frozenset(["insert", "delete", "update", "merge"])


@dataclass(frozen=True)
class Statement:
    """One statement: its text, its bare words and its names in backticks, both in lower case."""

    text: str
    words: tuple[str, ...]
    quoted: tuple[str, ...] = ()

    def mentions(self, name: str) -> bool:
        """Say whether the statement may speak of the table ``name``."""
        return name in self.words or name in self.quoted


def statements_of(sql: str) -> list[Statement]:
    """Split at the semicolons that stand in no string, name or comment; empty ones are left out.

    Raises:
        InputError: no statement at all, or one that might change a table.
    """
    found, start = [], 0
    for token in _TOKEN.finditer(sql):
        if token.lastgroup == "end":
            found.append(_statement(sql[start : token.start()]))
            start = token.end()
    found.append(_statement(sql[start:]))
    statements = [statement for statement in found if statement.words]
    if not statements:
        raise InputError("the query is empty; write a SELECT, such as SELECT * FROM funnel")
    for statement in statements:
        _require_reading(statement)
    return statements


def with_parameters(sql: str, parameters: Mapping[str, object]) -> str:
    """Return the text with each ``:name`` outside strings and comments as a literal of its value.

    Raises:
        InputError: a value that is no number, text, truth value or null, or a name without marker.
    """
    literals = {name: _literal(name, value) for name, value in parameters.items()}
    used = set()

    def replaced(token: re.Match[str]) -> str:
        name = token.group()[1:]
        if token.lastgroup != "parameter" or name not in literals:
            return token.group()
        used.add(name)
        return literals[name]

    text = _TOKEN.sub(replaced, sql)
    unused = sorted(literals.keys() - used)
    if unused:
        raise InputError(f"parameter {unused[0]}: the query has no :{unused[0]}; check its name")
    return text


def _literal(name: str, value: object) -> str:
    if value is None or isinstance(value, bool | int):
        return "NULL" if value is None else str(value).upper()
    if isinstance(value, float):
        return f"double('{value!r}')"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace("'", "\\'")
        return f"'{escaped}'"
    raise InputError(
        f"parameter {name}: got {type(value).__name__}, expected a number, text, true, false or null; "
        "put other values into quotes"
    )


def _statement(text: str) -> Statement:
    tokens = list(_TOKEN.finditer(text))
    words = tuple(token.group().lower() for token in tokens if token.lastgroup == "word")
    names = tuple(token.group()[1:-1].lower() for token in tokens if token.lastgroup == "name")
    return Statement(text.strip(), words, names)


def _require_reading(statement: Statement) -> None:
    first = statement.words[0]
    writing = _WRITING.intersection(statement.words)
    if first not in _READING or writing:
        word = first if first not in _READING else min(writing)
        raise InputError(
            f"{word.upper()} is refused: this command only reads; expected a statement that begins "
            "with SELECT, WITH, FROM, VALUES, TABLE, SHOW, DESCRIBE or EXPLAIN, and a column of that "
            "name in backticks"
        )
