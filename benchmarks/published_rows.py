"""A warehouse of made rows, published as finished runs of their stages would; no Spark is started."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake
from made_line import filled_rows

from realsyn_lib.schema_version import SCHEMA_PROPERTY, SCHEMA_VERSION
from realsyn_lib.stages import OWNER_OF
from realsyn_lib.tables import RUNS, Table

RUN_ID = "000001-20260101T000000"


def publish(
    folder: Path, tables: Mapping[Table, Iterable[Mapping[str, Any]]],
    metrics: Mapping[str, Mapping[str, float]] | None = None,
) -> None:  # fmt: skip
    """Write tables part by part, then a row of ``runs`` for each of their stages.

    Args:
        folder: of the warehouse.
        tables: parts of each table, columns by name: lists or Arrow arrays of one length; the others are
            null or zero.
        metrics: of stages.
    """
    versions: dict[str, dict[str, int]] = {}
    for table, parts in tables.items():
        for part in parts:
            append(folder, table, part)
        written = DeltaTable(str(folder / table.name)).version()
        versions.setdefault(OWNER_OF[table.name], {})[table.name] = written
    now = datetime.now(UTC)
    for stage, outputs in versions.items():
        run = {
            "run_id": RUN_ID, "stage": stage, "config_digest": "made", "started_at": now, "took_s": 1.0,
            "status": "finished", "input_versions": {}, "output_versions": outputs,
            "metrics": dict((metrics or {}).get(stage, {})), "error": None,
        }  # fmt: skip
        append(folder, RUNS, {name: [value] for name, value in run.items()})


def append(folder: Path, table: Table, columns: Mapping[str, Any]) -> None:
    """Append rows in one commit; the table is made with the layout's version."""
    schema = table.arrow_schema()
    arrays = {
        name: values if isinstance(values, pa.Array) else _array(values, schema.field(name).type)
        for name, values in columns.items()
    }
    rows = filled_rows(table, arrays, len(next(iter(arrays.values()))))
    place = str(folder / table.name)
    is_new = not DeltaTable.is_deltatable(place)
    write_deltalake(place, rows, mode="append", partition_by=["bucket"] if table.bucketed else None)
    if is_new:
        layout = {SCHEMA_PROPERTY: str(SCHEMA_VERSION)}
        DeltaTable(place).alter.set_table_properties(layout, raise_if_not_exists=False)


def _array(values: list[Any], kind: pa.DataType) -> pa.Array:
    if pa.types.is_map(kind):
        values = [list(value.items()) for value in values]
    return pa.array(values, kind)
