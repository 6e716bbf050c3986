"""Formats told from what files hold."""

import gzip
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from realsyn_lib.sources.obelics import OBELICS_SCHEMA
from realsyn_lib.sources.omnicorpus import OMNICORPUS_SCHEMA
from realsyn_lib.sources.recognise import look_at
from tests.made_archives import gzipped, json_lines, mmc4_row, response, zipped, zstandard

OBELICS_ROW = {
    "images": [None, "a.png"], "texts": ["One.", None], "metadata": json.dumps([None, {}]),
    "general_metadata": "{}",
}  # fmt: skip
OTHER = json_lines({"text": "a", "meta": {}})
WARC = [response("https://a.example/", b"<p>x")]


def parquet(schema: pa.Schema, *rows: dict[str, object]) -> bytes:
    target = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), target)
    return target.getvalue()


def large(schema: pa.Schema) -> pa.Schema:
    """The same columns as other libraries store them."""
    text = pa.large_string()
    kinds = [pa.large_list(text) if pa.types.is_list(field.type) else text for field in schema]
    kinds[2] = pa.dictionary(pa.int32(), pa.string())
    return pa.schema(list(zip(schema.names, kinds, strict=True))).append(
        pa.field("extra", pa.int8())
    )


@pytest.mark.parametrize(("data", "formats"), [
    (parquet(OBELICS_SCHEMA, OBELICS_ROW), ("obelics", "mint1t")),
    (parquet(large(OBELICS_SCHEMA), OBELICS_ROW), ("obelics", "mint1t")),
    (parquet(OBELICS_SCHEMA, OBELICS_ROW | {"metadata": "{'a': 1}"}), ("mint1t", "obelics")),
    (parquet(OMNICORPUS_SCHEMA), ("omnicorpus",)),
    (json_lines(mmc4_row()), ("mmc4",)), (b"{broken\n" + json_lines(mmc4_row()), ("mmc4",)),
    (gzip.compress(json_lines(mmc4_row())), ("mmc4",)),
    (zipped([("x.jsonl", json_lines(mmc4_row()))]), ("mmc4",)),
    (b"".join(WARC), ("warc",)), (gzipped(WARC), ("warc",)), (zstandard(WARC), ("warc",)),
    (zstandard(WARC, dictionary=True), ("warc",)),
    (b"<!DOCTYPE html><p>x", ("html",)), (b"\n <p>x", ("html",)),
])  # fmt: skip
def test_a_format_is_told_from_the_bytes(data, formats):
    seen = look_at(io.BytesIO(data))
    assert (seen.formats, seen.is_certain) == (formats, True)


@pytest.mark.parametrize(("data", "words", "is_certain"), [
    (parquet(pa.schema([("url", pa.string())])), "has the columns url string", True),
    (OTHER, "is a file of JSON objects with the keys text, meta", True),
    (zipped([("x.jsonl", OTHER)]), "is a zip of JSON objects with the keys text, meta", True),
    (b"x" * 257 + b"ustar", "is a tar archive", False),
    (b"PAR1 and no more", "is no readable parquet file", False), (b"", "has no bytes", False),
    (b"plain words", "begins with b'plain words'", False), (b"{\n{", "without a line that is", False),
    (gzip.compress(b"x")[:5], "has no bytes", False), (b"PK\x03\x04", "without a line that is", False),
])  # fmt: skip
def test_what_is_none_of_them_is_said(data, words, is_certain):
    seen = look_at(io.BytesIO(data))
    assert seen.formats == () and words in seen.words
    assert seen.is_certain is is_certain
