"""Files -> those that are not what was written."""

from collections.abc import Callable, Iterator

import pyarrow as pa

from realsyn_lib.integrity.damage import damage_of

FILES_DDL = "part string, location string, sha256 string"
DAMAGE_DDL = "part string, location string, problem string"


def check_files() -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return a ``mapInArrow`` function: ``FILES_DDL`` -> ``DAMAGE_DDL``, a row for each damaged file.

    ``sha256``: hex, or its first digits; null where none is known. Some megabytes of a file are in
    memory, of a parquet file without checksums beside it a row group of one column.
    """

    def check(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for row in batch.to_pylist():
                problem = damage_of(row["location"], row["sha256"])
                if problem is not None:
                    facts = {"part": row["part"], "location": row["location"], "problem": problem}
                    yield pa.RecordBatch.from_pylist([facts])

    return check
