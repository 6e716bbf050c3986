"""The list of digests of an export and the marker that vouches for it."""

import hashlib
import json
import subprocess

import pytest

from realsyn_lib.errors import InputError
from realsyn_lib.release.checksums import (
    SUMS,
    damage_of_marker,
    marker_bytes,
    marker_facts,
    sums_of,
    sums_text,
)

FACTS = {"tier": "small", "format": "parquet", "rows": 2, "refused": {}}
SUMS_TEXT = sums_text({"b.tar": hashlib.sha256(b"b").hexdigest(), "a b": "0" * 64})
MARKER = marker_bytes(FACTS, SUMS_TEXT)


def test_the_list_is_in_the_order_of_names_and_read_back():
    assert SUMS_TEXT.splitlines()[0] == "0" * 64 + "  a b"
    assert sums_of(SUMS_TEXT) == {
        "a b": "0" * 64,
        "b.tar": "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d",
    }


def test_coreutils_read_the_list(tmp_path):
    (tmp_path / "b.tar").write_bytes(b"b")
    (tmp_path / SUMS).write_text(sums_text({"b.tar": hashlib.sha256(b"b").hexdigest()}))
    command = ["sha256sum", "--check", "--strict", SUMS]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "b.tar: OK\n")


@pytest.mark.parametrize("line", ["x  a", "0" * 64 + " a", "0" * 64 + "  ../a", "0" * 64 + "  "])
def test_a_line_of_another_form_is_refused(line):
    with pytest.raises(ValueError, match="no digest and name"):
        sums_of(line)


def test_the_marker_tells_its_facts_and_vouches_for_the_list():
    told = marker_facts("place", MARKER)
    assert {name: told[name] for name in FACTS} == FACTS
    assert damage_of_marker(MARKER, SUMS_TEXT.encode()) is None
    assert marker_bytes(told, SUMS_TEXT) == MARKER  # told anew it is the same


def test_every_flipped_bit_of_the_marker_is_seen():
    for bit in range(len(MARKER) * 8):
        changed = bytearray(MARKER)
        changed[bit // 8] ^= 1 << bit % 8
        assert damage_of_marker(bytes(changed), SUMS_TEXT.encode()) is not None, bit


def test_a_marker_that_is_cut_or_told_otherwise_is_refused():
    for data in (b"", MARKER[:-1], json.dumps(marker_facts("", MARKER), indent=1).encode(), b"[]"):
        with pytest.raises(InputError, match="export again"):
            marker_facts("place", data)


def test_a_list_that_is_gone_or_another_is_told():
    assert damage_of_marker(MARKER, None) == "_SHA256SUMS is missing"
    assert damage_of_marker(MARKER, b"") == "_SHA256SUMS is not as it was written"
    old = json.dumps(FACTS).encode()
    assert "older version" in damage_of_marker(old, b"")
    assert marker_facts("place", old) == FACTS
