"""Which layout of the tables this code reads and writes, and what to do with another."""

SCHEMA_PROPERTY = "realsyn.schema_version"
SCHEMA_VERSION = 1

# By version: what brings tables of the version before to it.
MIGRATIONS = {
    1: (
        "tables without a version are of a trial before 0.1.0; give the same command with a new "
        "--warehouse, which leaves these as they are"
    ),
}


def refusal_of(table: str, found: str | None) -> str | None:
    """Say why a table must not be touched; None where its layout is this code's.

    Args:
        table: path or name of the table.
        found: its property ``realsyn.schema_version``, None where it has none.
    """
    if found == str(SCHEMA_VERSION):
        return None
    what = f"{table}: {SCHEMA_PROPERTY} is {found or 'missing'}, expected {SCHEMA_VERSION}"
    if found is not None and not found.isdecimal():
        return f"{what}; it was changed by hand: restore the property of its first version"
    version = int(found or 0)
    if version > SCHEMA_VERSION:
        return (
            f"{what}; a newer realsyn wrote it: install that version, or name another --warehouse"
        )
    steps = (MIGRATIONS[step] for step in range(version + 1, SCHEMA_VERSION + 1))
    return f"{what}; {'; then '.join(steps)}"
