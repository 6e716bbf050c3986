"""Parquet files of a release written by tasks, one row of facts for each."""

import hashlib
from collections.abc import Callable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from realsyn_lib.failpoints import reach
from realsyn_lib.files import write_bytes
from realsyn_lib.release.records import records_file, records_of
from realsyn_lib.release.shard_files import telling_place
from realsyn_lib.release.unfinished import Unfinished

FILES_DDL = "name string, row_count bigint, sha256 string"


def write_records(
    export: Unfinished, shards: int
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return a ``mapInArrow`` function that writes one parquet file for each shard.

    Expects shard_no int and the columns of a record, all rows of a shard in one partition and in
    order. A shard's records are in memory: text only.
    """

    def write(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        held = list(batches)
        rows = (
            pa.Table.from_batches(held)
            if held
            else pa.table({"shard_no": pa.array([], pa.int32())})
        )
        for shard_no in pc.unique(rows["shard_no"]).to_pylist():
            reach("write_records.batch")
            records = records_of(rows.filter(pc.equal(rows["shard_no"], shard_no)))
            name = f"train-{shard_no:05d}-of-{shards:05d}.parquet"
            data = records_file(records)
            export.require()
            with telling_place(export.folder):
                write_bytes(f"{export.folder}/{name}", data, makes_folder=False)
            digest = hashlib.sha256(data).hexdigest()
            facts = {"name": name, "row_count": records.num_rows, "sha256": digest}
            yield pa.RecordBatch.from_pylist([facts])

    return write
