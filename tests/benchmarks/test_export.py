"""The peer of export.py writes what ours is held to, and what is held to it can be found wrong."""

import export
import pytest


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    place = tmp_path_factory.mktemp("tables")
    export.make_tables(30, place)
    return place


def test_plain_tarfile_writes_every_row(tables, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "SHARD_ROWS", 20)
    export._write_part(str(tables), 0, 1, str(tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["00000.tar", "00001.tar"]
    assert export.read_back(tmp_path) == 1.0


def test_a_changed_text_is_a_wrong_sample(tables, tmp_path, monkeypatch):
    export._write_part(str(tables), 0, 1, str(tmp_path))
    said = export.row_of
    monkeypatch.setattr(export, "row_of", lambda n: said(n if n else -1))
    assert export.read_back(tmp_path) == pytest.approx(29 / 30)
