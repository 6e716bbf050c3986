"""What a Delta table is made with beside its columns: its comment and its properties."""

from realsyn_lib.schema_version import SCHEMA_PROPERTY, SCHEMA_VERSION
from realsyn_lib.stages import OWNER_OF
from realsyn_lib.tables import LOCKS, OPT_OUT, Table

REMEMBERED_DAYS = 365  # how long a version that is published stays readable after others came
# A partition has its own; what a picture looks like must be able to leave the log with its file.
_NO_STATISTICS = ("bucket", "phash")
_PLAIN = ("bigint", "int", "float", "double")


def comment_of(table: Table) -> str:
    """Return what a catalog tells of the table."""
    written = f"written by {OWNER_OF[table.name]}" if table.name in OWNER_OF else "a control table"
    key = f"; key: {', '.join(table.key)}" if table.key else ""
    return f"RealSyn: {written}{key}"


def properties_of(table: Table) -> dict[str, str]:
    """Return the table's properties.

    Statistics are kept only of columns that queries skip by: never of bytes, vectors, long text or
    hashes of pictures. Deletion vectors stay off, since not every reader of Delta knows them.
    """
    columns = (c.name for c in table.columns if c.type in _PLAIN and c.name not in _NO_STATISTICS)
    plain = ",".join(columns)
    found = {"realsyn.table": table.name, SCHEMA_PROPERTY: str(SCHEMA_VERSION)}
    found["delta.enableDeletionVectors"] = "false"
    found |= {"delta.dataSkippingStatsColumns": plain} if plain else {}
    if table.control:
        # A run commits fifteen rows one by one: a checkpoint each tenth would cost more than they do.
        found["delta.checkpointInterval"] = "50"
    if table == LOCKS:  # a commit for each sign of life, and nobody asks for the past of a lock
        kept = "interval 1 days"
        found |= {"delta.deletedFileRetentionDuration": kept, "delta.logRetentionDuration": kept}
    if not table.control or table == OPT_OUT:
        # Stages read it at a version, which may be older than Delta's 7 days for files and 30 for logs.
        kept = f"interval {REMEMBERED_DAYS} days"
        found |= {"delta.deletedFileRetentionDuration": kept, "delta.logRetentionDuration": kept}
    return found


def create_statement(table: Table, name: str) -> str:
    """Return the SQL that makes the table under a name of letters, digits, underscores and dots."""
    partition = partition_of(table)
    by = f" PARTITIONED BY ({partition})" if partition else ""
    properties = ", ".join(f"'{key}' = '{value}'" for key, value in properties_of(table).items())
    return (
        f"CREATE TABLE IF NOT EXISTS {name} ({table.ddl()}) USING delta{by} "
        f"COMMENT '{comment_of(table)}' TBLPROPERTIES ({properties})"
    )


def partition_of(table: Table) -> str | None:
    """Return the column that a table is laid out by; locks, so that their commits do not meet."""
    if table.bucketed:
        return "bucket"
    return "stage" if table == LOCKS else None
