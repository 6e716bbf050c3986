"""Files that are not those whose SHA-256 the input states."""

import hashlib

import pyarrow as pa

from realsyn_lib.tables import IMAGE_BYTES
from udfs.fetched_row import COLUMNS
from udfs.stated_digests import held_to_digests

FILES = {1: b"one", 2: b"two", 3: b"three", 4: b"four", 5: None}
DIGESTS = {key: hashlib.sha256(data or b"").hexdigest() for key, data in FILES.items()}
SCHEMA = IMAGE_BYTES.arrow_schema(*COLUMNS)


def fetch(batches):
    """Give each file, in the opposite order; of the fifth there is none."""
    for batch in batches:
        assert batch.schema.names == ["image_id", "url"]
        for key in reversed(batch["image_id"].to_pylist()):
            row = dict.fromkeys(COLUMNS) | {"image_id": key, "url": f"http://a/{key}"}
            if FILES[key] is None:
                row |= {"drop_reason": "not_found"}
            else:
                row |= {"bytes": FILES[key], "sha256": DIGESTS[key], "content_id": key}
            yield pa.RecordBatch.from_pylist([row], schema=SCHEMA)


def judged(stated):
    keys = list(FILES)
    asked = pa.record_batch({
        "image_id": pa.array(keys), "url": [f"http://a/{key}" for key in keys],
        "stated_sha256": pa.array([stated.get(key) for key in keys], pa.string()),
    })  # fmt: skip
    rows = [row for batch in held_to_digests(fetch)([asked]) for row in batch.to_pylist()]
    return {row["image_id"]: row for row in rows}


def test_another_file_loses_its_bytes_and_keeps_its_own_digest():
    rows = judged({1: DIGESTS[1], 2: DIGESTS[1], 3: f"{DIGESTS[1]} {DIGESTS[3]}"})
    assert {key: row["drop_reason"] for key, row in rows.items()} == {
        1: None, 2: "hash_mismatch", 3: None, 4: None, 5: "not_found",
    }  # fmt: skip
    assert (rows[2]["bytes"], rows[2]["content_id"]) == (None, None)
    assert rows[2]["sha256"] == DIGESTS[2]
    assert rows[2]["detail"] == f"stated is {DIGESTS[1]}"
    assert [rows[key]["bytes"] for key in (1, 3, 4)] == [b"one", b"three", b"four"]


def test_what_is_stated_stays_beside_the_row():
    rows = judged({1: DIGESTS[1], 5: DIGESTS[5]})
    assert [rows[key]["stated_sha256"] for key in FILES] == [
        DIGESTS[1],
        None,
        None,
        None,
        DIGESTS[5],
    ]
    assert rows[5]["drop_reason"] == "not_found"
