"""Pictures in a column, judged as fetched files are."""

import hashlib

import pyarrow as pa

from realsyn_lib.ids import content_hash_id
from realsyn_lib.tables import IMAGE_BYTES
from udfs.fetched_row import COLUMNS
from udfs.stored_bytes import stored_bytes

MOST = 10
DIGEST = hashlib.sha256(b"gone").hexdigest()


def judged(*values: bytes | None):
    """Judge values as ``table_pictures`` gives them; their numbers are the ids."""
    sizes = [None if value is None else len(value) for value in values]
    bodies = [value if value is not None and len(value) <= MOST else None for value in values]
    batch = pa.record_batch({
        "image_id": pa.array(range(len(values)), pa.int64()),
        "url": [f"x.parquet?row={row}" for row in range(len(values))],
        "size_bytes": pa.array(sizes, pa.int64()), "bytes": pa.array(bodies, pa.binary()),
    })  # fmt: skip
    found = list(stored_bytes(MOST, frozenset([DIGEST]))(iter([batch])))
    assert all(part.schema == IMAGE_BYTES.arrow_schema(*COLUMNS) for part in found)
    return [row for part in found for row in part.to_pylist()]


def test_a_picture_comes_with_its_digest_size_and_id():
    (row,) = judged(b"0123456789")
    assert row == {
        "image_id": 0, "url": "x.parquet?row=0", "content_id": content_hash_id(b"0123456789"),
        "sha256": hashlib.sha256(b"0123456789").hexdigest(), "size_bytes": 10, "http_status": None,
        "bytes": b"0123456789", "drop_reason": None, "detail": None,
    }  # fmt: skip


def test_what_brings_no_picture_says_why():
    rows = judged(None, b"", b"01234567890", b"gone")
    assert [(row["drop_reason"], row["detail"], row["size_bytes"]) for row in rows] == [
        ("not_found", "the row holds no picture", None), ("empty_file", None, 0),
        ("body_too_large", "11 bytes, at most 10", None), ("opt_out", None, None),
    ]  # fmt: skip
    assert all(row["bytes"] is row["sha256"] is row["content_id"] is None for row in rows)


def test_rows_keep_their_order_over_many_parts():
    rows = judged(*(bytes([n]) for n in range(50)))
    assert [row["image_id"] for row in rows] == list(range(50))
    assert [row["bytes"] for row in rows] == [bytes([n]) for n in range(50)]
