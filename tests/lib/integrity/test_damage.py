"""One file, held to a digest, to its sidecar, or to what it says of itself."""

import hashlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from realsyn_lib.integrity.damage import damage_of
from realsyn_lib.integrity.sidecar import checksums_of


@pytest.fixture
def table(tmp_path):
    """A parquet file with checksums of its pages, as Spark writes them."""
    path = tmp_path / "part.parquet"
    values = np.random.default_rng(1).integers(0, 2**60, 5000)
    pq.write_table(pa.table({"id": values}), path, write_page_checksum=True, compression="snappy")
    return path


def flip(path, byte):
    data = bytearray(path.read_bytes())
    data[byte] ^= 1
    path.write_bytes(data)


def test_what_is_sound_has_no_damage(table, tmp_path):
    assert damage_of(str(table)) is None
    assert damage_of(str(table), hashlib.sha256(table.read_bytes()).hexdigest()) is None
    log = tmp_path / "0.json"
    for text in ('{"commitInfo":{}}\n{"add":{}}\n', '["a",\n"b"]\n'):
        log.write_text(text)
        assert damage_of(str(log)) is None


def test_a_flip_in_any_page_of_a_parquet_file_is_seen_without_a_sidecar(table):
    size = table.stat().st_size
    for byte in range(100, size - 1000, size // 20):
        flip(table, byte)
        assert "cannot be read as parquet" in damage_of(str(table)), byte
        flip(table, byte)
    assert damage_of(str(table)) is None


def test_a_sidecar_sees_a_flip_in_the_footer_that_parquet_does_not_show(table):
    sidecar = table.with_name(".part.parquet.crc")
    sidecar.write_bytes(checksums_of(table.read_bytes()))
    at = table.read_bytes().rindex(b"parquet-cpp-arrow")  # the name of the writer
    flip(table, at)
    assert damage_of(str(table)).startswith("differs from its checksums")
    sidecar.unlink()
    assert damage_of(str(table)) is None  # what an object store must guard


@pytest.mark.parametrize("size", [0, 3, 2000])
def test_a_cut_parquet_file_is_seen(table, size):
    table.write_bytes(table.read_bytes()[:size])
    assert damage_of(str(table)) is not None


def test_a_digest_or_its_beginning_tells(tmp_path):
    path = tmp_path / "words-2cf24dba5fb0.arrow"
    path.write_bytes(b"hello")
    assert damage_of(str(path), "2cf24dba5fb0") is None
    path.write_bytes(b"hellp")
    assert damage_of(str(path), "2cf24dba5fb0").endswith("expected 2cf24dba5fb0")


@pytest.mark.parametrize("text", ['{"a": 1}\n{"b"\n', '{"a": "\udcff"}\n'])
def test_a_line_that_is_no_json_is_told(tmp_path, text):
    (tmp_path / "1.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert damage_of(str(tmp_path / "1.json")).endswith("is no JSON")


def test_what_is_missing_or_empty_is_told(tmp_path):
    (tmp_path / "empty").touch()
    assert damage_of(str(tmp_path / "gone")) == "is missing"
    assert damage_of(str(tmp_path)) == "is missing"
    assert damage_of(str(tmp_path / "empty")) == "is empty"
