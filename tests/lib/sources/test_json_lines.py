"""Lines of plain, gzipped and zipped files: numbered, bounded, and what is broken named."""

import gzip
import io
import os
import random
import warnings
import zipfile

import pytest

from realsyn_lib.sources.json_lines import read_json_lines
from realsyn_lib.sources.records import RecordLimits, limits_of
from tests.made_archives import zipped

LINES = b'{"a": 1}\n\n{"b": 2}\r\n{"c": 3}'
FOUND = [("1", b'{"a": 1}', None), ("3", b'{"b": 2}', None), ("4", b'{"c": 3}', None)]


def lines(data: bytes, max_bytes: int = 1000, limits: RecordLimits | None = None):
    found = read_json_lines(io.BytesIO(data), limits or limits_of(len(data), max_bytes))
    return [(record.locator, record.data, record.reason) for record in found]


@pytest.mark.parametrize(
    "data", [LINES, gzip.compress(LINES), gzip.compress(LINES[:12]) + gzip.compress(LINES[12:])]
)
def test_lines_are_numbered_and_blank_ones_left_out(data):
    assert lines(data) == FOUND


def test_lines_of_a_zip_name_their_entry_and_names_are_never_paths(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = zipped([("../../etc/x.jsonl", LINES), ("read me.txt", b"no"), ("b.jsonl", b"{}\n")])
    places = [place for place, _, _ in lines(data)]
    assert places == [
        "../../etc/x.jsonl:1", "../../etc/x.jsonl:3", "../../etc/x.jsonl:4", "b.jsonl:1",
    ]  # fmt: skip
    assert os.listdir(tmp_path) == []


def test_two_entries_of_one_name_have_places_of_their_own():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = zipped([("a.jsonl", b"1\n"), ("a.jsonl", b"2\n"), ("2:a.jsonl", b"3\n")])
    assert lines(data) == [
        ("a.jsonl:1", b"1", None), ("2:a.jsonl:1", b"2", None), ("2%3Aa.jsonl:1", b"3", None)
    ]  # fmt: skip


def test_a_line_at_the_limit_is_read_and_one_beyond_it_is_passed_over():
    data = b"x" * 100 + b"\r\n" + b"y" * 101 + b"\n" + b"z" * 900_000 + b"\n{}\n"
    assert lines(data, 100) == [
        ("1", b"x" * 100, None), ("2", None, "document_too_large"),
        ("3", None, "document_too_large"), ("4", b"{}", None),
    ]  # fmt: skip


@pytest.mark.parametrize("cut", [1, 9, 40])
def test_a_gzip_that_breaks_off_keeps_the_lines_before(cut):
    whole = b"".join(b'{"row": %d, "text": "%s"}\n' % (n, random.Random(n).randbytes(20).hex().encode())
                     for n in range(50))  # fmt: skip
    found = lines(gzip.compress(whole)[:-cut])
    *good, last = found
    assert last[2] == "damaged" and last[0] == str(len(good) + 1)
    assert [line for _, line, _ in good] == whole.splitlines()[: len(good)] and len(good) > 40


def test_what_stands_behind_a_gzip_is_named_and_all_before_is_kept():
    assert lines(gzip.compress(LINES + b"\n") + b"garbage") == [*FOUND, ("5", None, "damaged")]


def test_a_file_that_decompresses_without_end_is_left_at_the_bound():
    bomb = gzip.compress(b"\n" * 50_000_000)
    assert lines(bomb, 1000) == [(str(200 * len(bomb) + 1001), None, "damaged")]
    record = next(read_json_lines(io.BytesIO(bomb), RecordLimits(1000, 5000)))
    assert (record.locator, record.reason) == ("5001", "damaged")
    assert record.detail.startswith("more than 5000 bytes when decompressed")


def test_the_bound_counts_all_entries_of_a_zip():
    data = zipped([("a.jsonl", b"{}\n" * 10), ("b.jsonl", b"{}\n" * 10)])
    found = lines(data, limits=RecordLimits(1000, 45))
    assert (len(found), found[-1]) == (16, ("b.jsonl:6", None, "damaged"))


def encrypted(data: bytes) -> bytes:
    """Set the bit that says an entry is encrypted, in its own header and in the directory."""
    changed = bytearray(data)
    changed[6] |= 1
    changed[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(changed)


@pytest.mark.parametrize(("data", "locator"), [
    (b"PK\x03\x04" + b"\0" * 100, ""),
    (zipped([("a.jsonl", LINES)])[:-5], ""),
    (encrypted(zipped([("a.jsonl", LINES)])), "a.jsonl:1"),
    (zipped([("a.jsonl", LINES)], zipfile.ZIP_LZMA), "a.jsonl:1"),
    (zipped([("a.jsonl", LINES)], zipfile.ZIP_BZIP2), "a.jsonl:1"),
])  # fmt: skip
def test_a_zip_that_cannot_be_read_is_one_row(data, locator):
    assert lines(data) == [(locator, None, "damaged")]


def test_a_zip_with_a_directory_of_endless_names_is_not_read():
    data = zipped([(f"{n:06d}{'x' * 200}", b"") for n in range(9000)])
    assert lines(data) == [("", None, "damaged")]


def test_an_entry_whose_bytes_were_changed_is_damaged_at_its_end():
    data = bytearray(zipped([("a.jsonl", b'{"n": 1}\n')], zipfile.ZIP_STORED))
    data[data.index(b'{"n": 1}') + 6] = ord("2")
    assert [reason for _, _, reason in lines(bytes(data))] == ["damaged"]


def test_no_file_makes_it_raise():
    rng = random.Random(3)
    seeds = [
        LINES,
        gzip.compress(LINES * 20),
        zipped([("a.jsonl", LINES * 20), ("b.jsonl", LINES)]),
    ]
    for number in range(3000):
        data = bytearray(seeds[number % 3])
        for _ in range(rng.randint(1, 8)):
            data[rng.randrange(4, len(data))] = rng.randrange(256)
        data = data[: rng.choice([len(data), rng.randrange(5, len(data))])]
        found = lines(bytes(data))
        assert len({place for place, _, _ in found}) == len(found)
        assert sum(reason == "damaged" for _, _, reason in found) <= 2
