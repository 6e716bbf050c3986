"""What files of an export lose -> the files written anew, one row of facts for each."""

from collections.abc import Callable, Iterator

import pyarrow as pa

from realsyn_lib.forget.shards import clean_records, clean_shard, losses_of

CLEANED_DDL = "name string, row_count bigint"
FOUND_DDL = "name string, found array<struct<image_id:bigint,is_gone:boolean,lost:array<string>>>"


def clean_exports(
    place: str, form: str
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return a ``mapInArrow`` function: ``FOUND_DDL`` -> ``CLEANED_DDL``.

    ``name``: of a parquet file in the export at ``place``. A file's records, or one sample of a shard, are
    in memory.
    """

    def clean(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for row in batch.to_pylist():
                losses = losses_of(row["found"])
                if form == "parquet":
                    clean_records(place, row["name"], losses)
                else:
                    clean_shard(place, row["name"].removesuffix(".parquet"), losses)
                facts = {"name": row["name"], "row_count": len(row["found"])}
                yield pa.RecordBatch.from_pylist([facts])

    return clean
