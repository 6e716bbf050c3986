import hashlib

import numpy as np
import pytest

from realsyn_lib.errors import SettingError
from realsyn_lib.images.known_hashes import KnownHashes, array_file, parse_known_hashes

A, B = (hashlib.sha256(data).digest() for data in (b"a", b"b"))


def digests(*values: bytes) -> np.ndarray:
    return np.array(values, dtype="S32")


def test_a_hash_is_known_by_its_length_and_negative_as_it_is_stored():
    known = parse_known_hashes(f"hash,why\n{A.hex()},spam\n\n# old\nFFFFFFFFFFFFFFFF\n", "list")
    assert known.sha256.tolist() == [A]
    assert known.phashes.tolist() == [-1]


def test_a_picture_is_known_by_either_hash():
    known = parse_known_hashes(f"{A.hex()}\n0000000000000007\n", "list")
    held = known.holds(digests(A, B, B, B), np.array([1, 7, 8, -7]))
    assert held.tolist() == [True, True, False, False]


def test_an_empty_list_knows_nothing():
    known = KnownHashes(digests(), np.zeros(0, np.int64))
    assert known.holds(digests(A), np.array([0])).tolist() == [False]


def test_a_digest_that_ends_in_zero_bytes_is_itself_alone():
    zeros = bytes(32)
    known = parse_known_hashes((b"\1" + bytes(31)).hex(), "list")
    assert known.holds(digests(b"\1" + bytes(31), zeros), np.array([0, 0])).tolist() == [
        True,
        False,
    ]


@pytest.mark.parametrize("line", ["12", "g" * 64, "f" * 15])
def test_a_line_that_is_no_hash_is_refused_by_its_number(line):
    with pytest.raises(SettingError, match=r"list, line 2: .* is no hash"):
        parse_known_hashes(f"{A.hex()}\n{line}\n", "list")


def test_the_file_that_workers_map_holds_the_array(tmp_path):
    known = parse_known_hashes(f"{B.hex()}\n{A.hex()}", "list")
    (tmp_path / "known.npy").write_bytes(array_file(known.sha256))
    mapped = np.load(tmp_path / "known.npy", mmap_mode="r")
    assert mapped.tolist() == sorted([A, B])


def test_a_first_line_of_hexadecimal_letters_is_no_header():
    with pytest.raises(SettingError, match="line 1: 'abcdef' is no hash"):
        parse_known_hashes("abcdef\n", "list")
    assert len(parse_known_hashes("sha256\n" + "ab" * 32, "list").sha256) == 1
