"""Files of many megabytes: what a task holds of them is bounded by bytes, not by rows."""

import os
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql.functions import lit

from jobs.warehouse import Warehouse
from realsyn_lib.tables import IMAGE_BYTES

pytestmark = [pytest.mark.wide, pytest.mark.spark]
FILES, BYTES = 40, 5_000_000


def files(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Bytes that no codec makes smaller, a row a batch."""
    for batch in batches:
        for key in batch["id"].to_pylist():
            yield pa.record_batch({"image_id": [key], "bytes": [os.urandom(BYTES)]})


def test_row_groups_of_large_files_end_before_they_fill_the_memory(spark, tmp_path):
    warehouse = Warehouse(spark, str(tmp_path))
    warehouse.create(IMAGE_BYTES)
    made = spark.range(0, FILES, 1, 1).mapInArrow(files, "image_id bigint, bytes binary")
    told = {
        c.name: lit(None).cast(c.type) for c in IMAGE_BYTES.columns if c.name not in made.columns
    }
    rows = made.withColumns(told | {"bucket": lit(0), "url": lit("a.bmp")})
    warehouse.append(IMAGE_BYTES, rows)
    (file,) = tmp_path.glob("image_bytes/bucket=0/*.parquet")
    told = pq.ParquetFile(file).metadata
    groups = [told.row_group(place).num_rows for place in range(told.num_row_groups)]
    assert sum(groups) == FILES
    # By itself a writer looks after 100 rows, here at all of them. A group is 128 MiB: 26 rows, and some.
    assert max(groups) <= 32
    read = warehouse.read(IMAGE_BYTES).selectExpr("count(*)", "sum(length(bytes))").collect()
    assert tuple(read[0]) == (FILES, FILES * BYTES)


def test_batches_that_workers_get_end_at_their_bytes(spark):
    def counted(batches):
        for batch in batches:
            yield pa.record_batch({"rows": [batch.num_rows]})

    wide = spark.range(0, 40, 1, 1).selectExpr(
        "id", f"cast(repeat('x', {BYTES}) AS binary) AS bytes"
    )
    sizes = [row["rows"] for row in wide.mapInArrow(counted, "rows bigint").collect()]
    assert sum(sizes) == 40
    assert max(sizes) <= 2  # the local 8 MiB; by rows alone it would be one batch of 200 MB
