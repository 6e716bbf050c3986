"""Large files come to a node once, checked; a local path is used where it lies."""

import hashlib

import pytest

from realsyn_lib.errors import ContractError
from realsyn_lib.node_files import local_copy

DATA = b"centroids" * 1000
DIGEST = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def far(tmp_path, monkeypatch):
    """A file behind a URI, and an empty temporary folder of the node."""
    (tmp_path / "node").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "node"))
    (tmp_path / "index").write_bytes(DATA)
    return tmp_path / "index"


def test_a_local_path_is_itself(tmp_path):
    assert local_copy(f"{tmp_path}/x", "unused") == tmp_path / "x"


def test_a_file_is_copied_once_and_then_shared(far):
    first = local_copy(f"file://{far}", DIGEST)
    assert first.read_bytes() == DATA
    written = first.stat().st_mtime_ns
    far.unlink()
    again = local_copy(f"file://{far}", DIGEST)
    assert (again, again.stat().st_mtime_ns) == (first, written)


def test_bytes_of_another_digest_are_refused_and_not_kept(far):
    with pytest.raises(ContractError, match=f"SHA-256 {DIGEST[:12]}, expected 000000000000"):
        local_copy(f"file://{far}", "0" * 64)
    copies = [path for path in far.parent.glob("node/*/*") if path.suffix != ".lock"]
    assert copies == []


def test_the_folder_of_copies_is_the_user_s_alone(far):
    copied = local_copy(f"file://{far}", DIGEST)
    assert copied.parent.stat().st_mode & 0o077 == 0
