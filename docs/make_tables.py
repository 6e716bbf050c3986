"""Write docs/tables.md from realsyn_lib/tables.py: python docs/make_tables.py."""

from pathlib import Path

from realsyn_lib.reasons import DROPPED, FALLBACK, QUARANTINED
from realsyn_lib.stages import OWNER_OF, STAGES
from realsyn_lib.tables import ALL_TABLES, LLM_ANSWERS, LOCKS, Table

TARGET = Path(__file__).with_name("tables.md")
INTRODUCTION = """\
# Tables

Made by `docs/make_tables.py` from `realsyn_lib/tables.py`; the Delta tables carry the same texts
as column comments.

Each table is `<warehouse>/<table>`, or `catalog.schema.<table>`. No rule deletes a row:
`drop_reason` is null where a row was kept. Vectors are fixed-width little-endian bytes of unit L2
norm, float16, centroids float32: `realsyn sql` shows them as `array<float>`, numpy reads them with
`frombuffer(value, dtype="<f2")`. Ids are signed 64-bit numbers, the first 8 bytes, big-endian, of
the SHA-256 of what they name. A bucketed table is partitioned by `bucket`. The property
`realsyn.schema_version` names the layout ([runs.md](runs.md)); a schema also holds `locks`.

"""
_OF_EVERY_STAGE = "A control table, of every stage."
_CONTROL = {
    LLM_ANSWERS.name: (
        "What generators have answered, kept so that nothing is asked twice: appended to by "
        "generate_texts and `realsyn instructions`, read at its head, published by no run. "
        "Rows may be deleted: their prompts are then asked again."
    ),
    LOCKS.name: (
        "Who writes which stage, where the warehouse lies on an object store or in a catalog; on a "
        "local disk there is no such table. See [runs](runs.md#locks)."
    ),
}


def tables_page() -> str:
    """Return the page: every table in the order of the line, then the closed lists of reasons."""
    parts = [INTRODUCTION, *(_section(table) for table in (*ALL_TABLES, LOCKS)), "## Reasons\n\n"]
    parts += [
        _words("Dropped: a rule judged a sound row", DROPPED),
        _words("Quarantined: the row was broken, refused or unreachable", QUARANTINED),
        _words("`fallback_reason`: why a synthetic text was refused", FALLBACK),
    ]
    return "".join(parts).rstrip("\n") + "\n"


def _section(table: Table) -> str:
    rows = [f"| {column.name} | `{column.type}` | {column.comment} |" for column in table.columns]
    lines = [
        f"## {table.name}",
        "",
        " ".join(_facts(table)),
        "",
        "| column | type | meaning |",
        "|---|---|---|",
        *rows,
    ]
    return "\n".join(lines) + "\n\n"


def _facts(table: Table) -> list[str]:
    writer = OWNER_OF.get(table.name)
    readers = [stage.name for stage in STAGES if table.name in stage.reads]
    facts = [f"Written by {writer}." if writer else _CONTROL.get(table.name, _OF_EVERY_STAGE)]
    facts += [f"Read by {', '.join(readers)}."] if readers else []
    facts += [f"Key: {', '.join(table.key)}."] if table.key else []
    facts += ["Bucketed."] if table.bucketed else []
    return facts


def _words(title: str, words: dict[str, str]) -> str:
    rows = [f"| `{word}` | {meaning} |" for word, meaning in words.items()]
    return "\n".join([f"{title}.", "", "| word | meaning |", "|---|---|", *rows]) + "\n\n"


if __name__ == "__main__":
    TARGET.write_text(tables_page(), encoding="utf-8")
