"""A large set of centroids is one mapped file on a node: its workers hold no copy of it."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from realsyn_lib.embeddings import unit_rows
from realsyn_lib.retrieval.centroids import write_index
from realsyn_lib.retrieval.levels import level_index
from udfs.nearest_cluster import nearest_cluster

pytestmark = [pytest.mark.wide, pytest.mark.spark]

CELLS, GROUPS, WIDTH = 60_000, 60, 256
INDEX_MB = 4 * CELLS * WIDTH / 2**20  # 58.6
TOLD_DDL = "rows int, own_mb double, mapped_mb double, copied_mb double, in_order boolean"


def own_mb() -> float:
    """Memory of this process that no file backs."""
    status = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in status if line.startswith("RssAnon")).split()[1]) / 1024


def mapped_mb(name: str) -> tuple[float, float]:
    """Megabytes of the maps of a file: resident, and copied because they were written to."""
    found, is_ours = {"Rss": 0, "Anonymous": 0}, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        first = line.split()[0]
        if "-" in first and not first.endswith(":"):
            is_ours = name in line
        elif is_ours and first.rstrip(":") in found:
            found[first.rstrip(":")] += int(line.split()[1])
    return found["Rss"] / 1024, found["Anonymous"] / 1024


def telling(assign, name):
    """Assign, then say what that left in the worker's memory."""

    def work(batches):
        before, rows, in_order = own_mb(), 0, True
        for batch in assign(batches):
            rows += batch.num_rows
            in_order &= batch["cluster_id"].equals(batch["wanted"])
        told = [rows, own_mb() - before, *mapped_mb(name), in_order]
        names = ["rows", "own_mb", "mapped_mb", "copied_mb", "in_order"]
        kinds = [pa.int32(), *[pa.float64()] * 3, pa.bool_()]
        columns = [pa.array([value], kind) for value, kind in zip(told, kinds, strict=True)]
        yield pa.RecordBatch.from_arrays(columns, names)

    return work


def test_workers_share_the_pages_of_the_index(spark, tmp_path):
    generator = np.random.default_rng(1)
    tops = unit_rows(generator.normal(size=(GROUPS, WIDTH)))
    near = np.repeat(tops, CELLS // GROUPS, axis=0)
    cells = unit_rows(near + generator.normal(size=near.shape) * 0.02)
    index = level_index(
        write_index(cells, str(tmp_path / "cells.faiss")), np.full(GROUPS, CELLS // GROUPS)
    )
    asked = np.sort(generator.permutation(CELLS)[:4000])
    rows = pa.table({
        "embedding": [cells[n].astype(np.float16).tobytes() for n in asked],
        "wanted": pa.array(asked, pa.int32()),
    })  # fmt: skip
    frame = spark.createDataFrame(rows).repartition(2)
    assign = nearest_cluster(index, beam=2)
    told = frame.mapInArrow(telling(assign, "cells.faiss"), TOLD_DDL).collect()
    assert sum(row["rows"] for row in told) == len(asked)
    assert all(row.in_order for row in told)
    for row in told:
        assert row.mapped_mb > 0.9 * INDEX_MB  # its digest was taken, and most cells were looked at
        assert row.copied_mb == 0
        assert row.own_mb < 0.75 * INDEX_MB  # 44 MB; a copy of the cells would be 59
