"""Files of many documents: what is handed on, what is counted, and what is chosen."""

import pyarrow as pa

from tests.made_archives import gzipped, json_lines, mmc4_row, response, zipped
from udfs.read_records import RECORDS_READ, listing_places, reading_records

FILES = pa.schema(
    [("source", pa.string()), ("path", pa.string()), ("size_bytes", pa.int64()),
     ("reason", pa.string()), ("chosen", pa.list_(pa.string()))]
)  # fmt: skip


def listing(*files, reason=None, chosen=None):
    rows = [
        {"source": file.name, "path": str(file), "reason": reason, "chosen": chosen,
         "size_bytes": file.stat().st_size if file.exists() else 9}
        for file in files
    ]  # fmt: skip
    return iter([pa.RecordBatch.from_pylist(rows, schema=FILES)])


def handed_on(batches):
    """Stands for the parser: loses every record whose bytes hold ``lost``."""
    for batch in batches:
        rows = [row for row in batch.to_pylist() if b"lost" not in (row["bytes"] or b"")]
        yield pa.RecordBatch.from_pylist(rows, schema=batch.schema)


def read(name, *arguments, **more):
    rows = pa.Table.from_batches(
        [
            batch.select(["source", "locator", RECORDS_READ])
            for batch in reading_records(name, handed_on, 1000)(listing(*arguments, **more))
        ]
    )
    return [tuple(row.values()) for row in rows.to_pylist()]


def test_what_a_parser_loses_is_counted_all_the_same(tmp_path):
    file = tmp_path / "docs.jsonl"
    file.write_bytes(json_lines(mmc4_row(), mmc4_row("https://a.example/lost"), mmc4_row()))
    assert read("mmc4", file) == [
        ("docs.jsonl", "1", None), ("docs.jsonl", "3", None), ("docs.jsonl", "", 3),
    ]  # fmt: skip


def test_each_file_has_its_count_and_one_that_cannot_be_read_is_one_record(tmp_path):
    empty, good = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    empty.touch()
    good.write_bytes(b"{}\n")
    assert read("mmc4", empty, good, tmp_path / "gone.jsonl") == [
        ("a.jsonl", "", None), ("a.jsonl", "", 1), ("b.jsonl", "1", None), ("b.jsonl", "", 1),
        ("gone.jsonl", "", None), ("gone.jsonl", "", 1),
    ]  # fmt: skip
    assert read("mmc4", good, reason="bad_url") == [("b.jsonl", "", None), ("b.jsonl", "", 1)]


def test_a_file_named_by_a_uri_is_read_through_its_file_system(tmp_path):
    file = tmp_path / "docs.jsonl.zip"
    file.write_bytes(zipped([("docs.jsonl", b"{}\n")]))
    row = next(listing(file)).to_pylist()[0] | {"path": f"file://{file}"}
    batch = pa.RecordBatch.from_pylist([row], schema=FILES)
    places = pa.Table.from_batches(listing_places("mmc4", 1000)(iter([batch])))
    assert places.to_pylist() == [{"source": "docs.jsonl.zip", "locator": "docs.jsonl:1"}]


def test_only_what_was_chosen_is_taken_and_counted(tmp_path):
    file = tmp_path / "crawl.warc.gz"
    file.write_bytes(gzipped(response(f"https://a.example/{n}", b"<p>x") for n in range(5)))
    assert read("warc", file, chosen=["2", "5", "77"]) == [
        ("crawl.warc.gz", "2", None), ("crawl.warc.gz", "5", None), ("crawl.warc.gz", "", 2),
    ]  # fmt: skip
    places = pa.Table.from_batches(listing_places("warc", 1000)(listing(file)))
    assert places["locator"].to_pylist() == ["1", "2", "3", "4", "5"]
