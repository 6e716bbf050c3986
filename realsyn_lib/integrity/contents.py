"""What a file shows of its own damage where no checksum lies beside it."""

import json
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

_ROWS_AT_ONCE = 1024
_LINE_BYTES = 2**27  # of one action in a log, or a small file as a whole


def damage_within(name: str, file: BinaryIO, size: int) -> str | None:
    """Read a whole file in the manner of its kind; say what is wrong with it, or None.

    Parquet: each page is held to the checksum that its writer put beside it, each value decoded, the rows
    counted. JSON: it is read, as a whole or line by line. Of other files only that they hold anything.

    Args:
        name: its name, which tells its kind.
        file: at its beginning, seekable.
        size: in bytes.
    """
    if size == 0:
        return "is empty"
    if name.endswith(".parquet"):
        return _in_parquet(file)
    if name.endswith(".json"):
        return _in_json(file, size)
    return None


def _in_parquet(file: BinaryIO) -> str | None:
    try:
        table = pq.ParquetFile(file, page_checksum_verification=True)
        rows = sum(len(batch) for batch in table.iter_batches(_ROWS_AT_ONCE))
    except (pa.ArrowException, OSError) as error:
        return f"cannot be read as parquet: {str(error).splitlines()[0][:160]}"
    told = table.metadata.num_rows
    return None if rows == told else f"holds {rows} rows, its footer tells of {told}"


def _in_json(file: BinaryIO, size: int) -> str | None:
    """A log has a value on each line, a small file may be one value on several."""
    problem = _in_lines(file)
    if problem is None or size > _LINE_BYTES:
        return problem
    file.seek(0)
    try:
        json.load(file)
    except ValueError:  # no UTF-8, too
        return problem
    return None


def _in_lines(file: BinaryIO) -> str | None:
    number = 0
    while line := file.readline(_LINE_BYTES):
        number += 1
        try:
            json.loads(line)
        except ValueError:
            return f"line {number} is no JSON"
    return None
