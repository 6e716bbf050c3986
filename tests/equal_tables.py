"""Two warehouses hold equal tables: ids, texts, ranks and reasons exactly, figures nearly.

Tables are read at the versions that ``runs`` publishes, by delta-rs: no Spark is needed. As a
script: ``python -m tests.equal_tables LEFT RIGHT``.
"""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

from realsyn_lib.tables import ALL_TABLES, FUNNEL, QUARANTINE, RUNS, Table

MAX_RELATIVE = 1e-3
MIN_COSINE = 0.9999
VECTORS = {"embedding": np.float16, "feature": np.float16, "centroid": np.float32}
PLACE = {"bucket", "run_id"}  # where and when a row was worked, not what it says
DATA_TABLES = tuple(table for table in ALL_TABLES if not table.control)
COUNTS = ((FUNNEL, ("stage", "entity", "outcome", "drop_reason")),
          (QUARANTINE, ("stage", "source", "locator", "reason")))  # fmt: skip


@dataclass(frozen=True)
class Published:
    """What the last finished run of each stage of a warehouse published."""

    folder: Path
    runs: dict[str, str]
    versions: dict[str, int]

    def read(self, table: Table) -> pa.Table:
        """Return a table at its published version; control tables: what counts of their head."""
        version = None if table.control else self.versions[table.name]
        rows = DeltaTable(str(self.folder / table.name), version=version).to_pyarrow_table()
        if not table.control:
            return rows
        ran = zip(rows["stage"].to_pylist(), rows["run_id"].to_pylist())
        return rows.filter(
            pa.array([self.runs.get(stage) == run for stage, run in ran], pa.bool_())
        )


def published(folder: Path) -> Published:
    """Look up what a warehouse publishes."""
    rows = DeltaTable(str(folder / RUNS.name)).to_pyarrow_table().to_pylist()
    finished = [row for row in rows if row["status"] == "finished"]
    last = {row["stage"]: row for row in sorted(finished, key=lambda row: row["run_id"])}
    versions = {name: v for row in last.values() for name, v in row["output_versions"]}
    return Published(folder, {stage: row["run_id"] for stage, row in last.items()}, versions)


def assert_equal_warehouses(
    left: Path, right: Path, tables: Iterable[Table] = DATA_TABLES, *, counts: bool = True
) -> None:
    """Fail at the first difference, with table, key, column and both values.

    ``counts``: the funnel and the quarantine of what is published are compared, too.
    """
    here, there = published(left), published(right)
    wanted = [table for table in tables if not table.control]
    for table in wanted:
        both = table.name in here.versions, table.name in there.versions
        assert both[0] == both[1], f"{table.name}: published in only one of the two, {both}"
        if all(both):
            assert_equal_tables(table.name, table.key, here.read(table), there.read(table))
    if counts:
        for table, key in COUNTS:
            assert_equal_tables(table.name, key, here.read(table), there.read(table))


def assert_equal_tables(name: str, key: Sequence[str], left: pa.Table, right: pa.Table) -> None:
    """Fail at the first difference of two Arrow tables, whatever the order of their rows."""
    assert left.schema.names == right.schema.names, f"{name}: {left.schema} / {right.schema}"
    left, right = _in_order(left, key), _in_order(right, key)
    _assert_same_keys(name, key, left, right)
    for column in left.schema.names:
        if column not in PLACE:
            wrong = _differences(column, _whole(left[column]), _whole(right[column]))
            if wrong.size:
                row = int(wrong[0])
                place = {part: left[part][row].as_py() for part in key}
                values = _shown(left[column][row]), _shown(right[column][row])
                raise AssertionError(
                    f"{name}: {wrong.size} of {len(left)} rows differ in {column}; first {place}: "
                    f"{values[0]} / {values[1]}"
                )


def _assert_same_keys(name: str, key: Sequence[str], left: pa.Table, right: pa.Table) -> None:
    keys = [set(zip(*(table[part].to_pylist() for part in key))) for table in (left, right)]
    only = keys[0] - keys[1], keys[1] - keys[0]
    first = [sorted(rows, key=repr)[:1] for rows in only]
    assert not any(only), (
        f"{name}: {len(only[0])} keys only left, first {first[0]}; {len(only[1])} only right, "
        f"first {first[1]}"
    )
    assert len(left) == len(right), f"{name}: {len(left)} rows / {len(right)} rows"


def _in_order(table: pa.Table, key: Sequence[str]) -> pa.Table:
    return table.sort_by([(column, "ascending") for column in key])


def _whole(column: pa.ChunkedArray) -> pa.Array:
    found = column.combine_chunks()
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found


def _differences(column: str, left: pa.Array, right: pa.Array) -> np.ndarray:
    """Return the numbers of the rows that differ."""
    kind = left.type
    if left.equals(right):
        return np.zeros(0, np.int64)
    if column in VECTORS:
        return _where(left, right, lambda a, b: _cosines(a, b, VECTORS[column]) >= MIN_COSINE)
    if pa.types.is_floating(kind):
        return _where(left, right, _near)
    if pa.types.is_list(kind) and pa.types.is_floating(kind.value_type):
        return _where(left, right, _near_lists)
    if pa.types.is_nested(kind):
        pairs = zip(left.to_pylist(), right.to_pylist())
        return np.flatnonzero([a != b for a, b in pairs])
    return _where(left, right, lambda a, b: pc.equal(a, b).to_numpy(zero_copy_only=False))


def _where(left: pa.Array, right: pa.Array, same) -> np.ndarray:
    """Rows with one null, and rows with two values that are not ``same``."""
    valid = [array.is_valid().to_numpy(zero_copy_only=False) for array in (left, right)]
    both = pa.array(valid[0] & valid[1])
    wrong = valid[0] != valid[1]
    wrong[np.flatnonzero(both)] = ~same(left.filter(both), right.filter(both))
    return np.flatnonzero(wrong)


def _near(left: pa.Array, right: pa.Array) -> np.ndarray:
    a, b = (np.asarray(array, dtype=np.float64) for array in (left, right))
    return np.isclose(a, b, rtol=MAX_RELATIVE, atol=1e-6, equal_nan=True)


def _near_lists(left: pa.Array, right: pa.Array) -> np.ndarray:
    pairs = zip(left.to_pylist(), right.to_pylist())
    return np.array([len(a) == len(b) and bool(np.all(_near(a, b))) for a, b in pairs])


def _cosines(left: pa.Array, right: pa.Array, kind: type[np.floating]) -> np.ndarray:
    """Cosine of each pair of vectors; 0 where their widths differ."""
    rows = zip(left.to_pylist(), right.to_pylist())
    return np.array([_cosine(np.frombuffer(a, kind), np.frombuffer(b, kind)) for a, b in rows])


def _cosine(a: np.ndarray, b: np.ndarray) -> float:
    if a.shape != b.shape:
        return 0.0
    a, b = a.astype(np.float64), b.astype(np.float64)
    return float(a @ b / max(np.linalg.norm(a) * np.linalg.norm(b), 1e-12))


def _shown(value: pa.Scalar) -> str:
    found = value.as_py()
    return f"{len(found)} bytes" if isinstance(found, bytes) else repr(found)[:200]


if __name__ == "__main__":
    assert_equal_warehouses(Path(sys.argv[1]), Path(sys.argv[2]))
    print("equal")
