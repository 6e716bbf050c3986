import pyarrow as pa

from udfs.read_documents import read_documents, reading


def listing(*files):
    """Rows of the listing: path and what the lister found wrong with it."""
    rows = [
        {"source": path.name, "path": str(path), "size_bytes": size, "reason": reason}
        for path, size, reason in files
    ]
    return pa.RecordBatch.from_pylist(rows)


def test_files_are_read_in_order_a_few_at_a_time(tmp_path):
    files = [tmp_path / f"{number:03d}.html" for number in range(130)]
    for number, file in enumerate(files):
        file.write_bytes(b"page %d" % number)
    batches = list(read_documents(iter([listing(*((f, 8, None) for f in files))]), 100))
    assert [batch.num_rows for batch in batches] == [64, 64, 2]
    rows = pa.Table.from_batches(batches).to_pylist()
    assert [row["bytes"] for row in rows] == [b"page %d" % number for number in range(130)]


def test_large_files_are_passed_on_before_more_are_read(tmp_path):
    file = tmp_path / "large.html"
    file.write_bytes(b"x" * 9_000_000)
    three = iter([listing(*[(file, 9_000_000, None)] * 3)])
    assert [batch.num_rows for batch in read_documents(three, 10_000_000)] == [2, 1]


def test_too_large_unreadable_and_refused_files_have_their_reason_and_no_bytes(tmp_path):
    files = [(tmp_path / "big", 11, None), (tmp_path / "gone", 1, None), (tmp_path / "odd", 1, "x")]
    rows = next(read_documents(iter([listing(*files)]), max_bytes=10)).to_pylist()
    assert [(row["reason"], row["detail"], row["bytes"]) for row in rows] == [
        ("document_too_large", "11 bytes, at most 10 are read", None),
        ("unreadable", "No such file or directory", None),
        ("x", None, None),
    ]


def test_files_are_parsed_where_they_are_read(tmp_path):
    (tmp_path / "page").write_bytes(b"<p>text")
    extract = reading(lambda batches: (batch["bytes"] for batch in batches), max_bytes=10)
    found = list(extract(iter([listing((tmp_path / "page", 7, None))])))
    assert found[0].to_pylist() == [b"<p>text"]
