"""What stands in a file is found however deep it is packed."""

import gzip
import hashlib
import io
import json
import tarfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from realsyn_lib.forget.traces import CHUNK_BYTES, traces_in
from realsyn_lib.opt_out import OptOut

URL, PICTURE, PHASH = "https://ex.com/a.jpg", b"\x89PNG not really", -3042821283494185510
ASKED = OptOut(
    urls=frozenset({hashlib.sha256(URL.encode()).hexdigest()}),
    sha256=frozenset({hashlib.sha256(PICTURE).hexdigest()}),
    phashes=frozenset({PHASH}),
)


def parquet(**columns):
    target = io.BytesIO()
    pq.write_table(pa.table(columns), target, compression="zstd")
    return target.getvalue()


def tar(**members):
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name.replace("_", "."))
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return target.getvalue()


NESTED = pa.array([[{"url": None, "more": ["x"]}, {"url": URL, "more": []}]])
CASES = {
    "text": (f"line\n{URL}\n".encode(), ["text"]),
    "json": (json.dumps({"a": [URL]}).encode(), ["text"]),
    "html": (f'<a href="{URL.replace("/", "&#x2F;")}">'.encode(), ["text"]),
    "among bytes": (b"\xff\x00" * 999 + URL.encode() + b"\x00\xff" * 999, ["text"]),
    "across chunks": (b" " * (CHUNK_BYTES - 7) + URL.encode() + b" ", ["text"]),
    "string column": (parquet(n=[1, 2], url=["b.jpg", URL]), ["column url"]),
    "nested column": (parquet(items=NESTED), ["column items"]),
    "map column": (parquet(m=pa.array([[(URL, 1)]], pa.map_(pa.string(), pa.int64()))), ["column m"]),
    "dictionary": (parquet(url=pa.array([URL, URL]).dictionary_encode()), ["column url"]),
    "bytes column": (parquet(bytes=[b"x", PICTURE]), ["column bytes"]),
    "hash column": (parquet(phash=pa.array([1, None, PHASH])), ["column phash"]),
    "the file itself": (PICTURE, ["its bytes"]),
    "gzip": (gzip.compress(URL.encode()), ["gzip: text"]),
    "tar of text": (tar(a_json=json.dumps([URL]).encode(), b_txt=b"fine"), ["member json: text"]),
    "tar of pictures": (tar(a_png=PICTURE), ["member png: its bytes"]),
    "gzip of tar of parquet": (
        gzip.compress(tar(a_parquet=parquet(url=[URL]))), ["gzip: member parquet: column url"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_trace_is_told_by_its_place(tmp_path, name):
    data, places = CASES[name]
    (tmp_path / "file").write_bytes(data)
    assert list(traces_in(str(tmp_path / "file"), ASKED)) == places


@pytest.mark.parametrize("name", CASES)
def test_others_find_nothing_there(tmp_path, name):
    (tmp_path / "file").write_bytes(CASES[name][0])
    other = OptOut(urls=frozenset({"0" * 64}), sha256=frozenset({"1" * 64}), phashes=frozenset({5}))
    assert list(traces_in(str(tmp_path / "file"), other)) == []


@pytest.mark.parametrize("data", [b"PAR1" + bytes(40), tar(a_txt=b"fine")[:700] + b"x"])
def test_a_file_that_cannot_be_read_is_told_not_passed_over(tmp_path, data):
    (tmp_path / "file").write_bytes(data)
    (place,) = traces_in(str(tmp_path / "file"), ASKED)
    assert place.startswith("unreadable: ")


@pytest.mark.parametrize("number", ["9" * 5000, "0" * 5000 + "58", "x" + "f" * 5000])
def test_a_numeric_escape_of_thousands_of_digits_hides_nothing(tmp_path, number):
    escaped = URL.replace(":", "&#58;")
    (tmp_path / "file").write_text(f"see &#{number}; and {escaped} there")
    assert list(traces_in(str(tmp_path / "file"), ASKED)) == ["text"]
    (tmp_path / "file").write_text(f"see &#{number}; there")
    assert list(traces_in(str(tmp_path / "file"), ASKED)) == []


def test_an_escape_may_begin_with_many_zeros(tmp_path):
    (tmp_path / "file").write_text(URL.replace(":", f"&#{'0' * 5000}58;"))
    assert list(traces_in(str(tmp_path / "file"), ASKED)) == ["text"]
