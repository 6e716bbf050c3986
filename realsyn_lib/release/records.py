"""The released record: exactly the columns of RealSyn's published parquet files."""

import io

import pyarrow as pa
import pyarrow.parquet as pq

from realsyn_lib.errors import ContractError

TEXT_COLUMNS = ("text1", "text2", "text3", "syn_text")
RECORD_COLUMNS = ("raw_image_url", *TEXT_COLUMNS)
_ROW_GROUP = 10_000
RECORD_SCHEMA = pa.schema([(name, pa.string()) for name in RECORD_COLUMNS])


def records_of(pairs: pa.Table) -> pa.Table:
    """Return the released columns of rows of ``pairs``, in order, all strings.

    Args:
        pairs: a table with at least ``RECORD_COLUMNS``; other columns are left out.

    Raises:
        ContractError: a column is missing or not a string.
    """
    for name in RECORD_COLUMNS:
        if name not in pairs.column_names:
            raise ContractError(f"release: column `{name}` is missing from pairs")
        if not (pa.types.is_string(pairs[name].type) or pa.types.is_large_string(pairs[name].type)):
            raise ContractError(f"release: column `{name}` is {pairs[name].type}, declared string")
    return pairs.select(RECORD_COLUMNS).cast(RECORD_SCHEMA).replace_schema_metadata(None)


def records_file(records: pa.Table) -> bytes:
    """Return a parquet file of records; the same records give the same bytes."""
    target = io.BytesIO()
    pq.write_table(records, target, compression="zstd", row_group_size=_ROW_GROUP)
    return target.getvalue()
