"""What an export says of itself after a takedown, and where exports are looked for."""

import hashlib
import json

import pytest

from jobs.export_places import exports_of, remember_export, remembered_exports
from jobs.export_seal import listed_digests, seal_export, unlist
from jobs.forget.exports import facts_of, settle_export
from realsyn_lib.errors import InputError
from realsyn_lib.forget.shards import Losses, clean_shard
from realsyn_lib.release.checksums import damage_of_marker
from realsyn_lib.release.samples import Sample
from realsyn_lib.release.shards import sizes_json
from realsyn_lib.release.unfinished import BEGUN
from realsyn_lib.release.webdataset import ShardLayout, write_shard
from tests.begun_export import begun
from tests.encoded_picture import grey_picture

LAYOUT = ShardLayout(index_digits=4, encode_format="jpg", caption="text1")


@pytest.fixture
def export(tmp_path):
    """Two shards of two samples each."""
    place = tmp_path / "export"
    stats = [
        write_shard(begun(str(place)), shard, [
            Sample(2 * shard + n, n, f"{shard}{n}.png", ("a", "b", "c", "d"), None, grey_picture(9 * n))
            for n in range(2)
        ], LAYOUT)
        for shard in range(2)
    ]  # fmt: skip
    (place / "sizes.json").write_bytes(sizes_json(stats))
    (place / "__len__").write_text("4\n")
    seal_export(str(place), {"tier": "all", "format": "webdataset", "rows": 4, "refused": {}}, {})
    return place


def contents(place):
    return {path.name: path.read_bytes() for path in place.iterdir() if path.name != BEGUN}


def test_an_export_that_lost_nothing_is_not_touched(export):
    before = contents(export)
    told = settle_export(None, str(export))
    assert (told.rows, told.refused, told.shards) == (4, {}, 2)
    assert contents(export) == before


def test_the_counts_follow_the_shards_and_other_shards_stay(export):
    before = contents(export)
    clean_shard(str(export), "00001", Losses(rows=frozenset({2})))
    assert settle_export(None, str(export)).rows == 3
    now = contents(export)
    assert json.loads(now["sizes.json"]) == {"00000.tar": 2, "00001.tar": 1}
    assert now["__len__"] == b"3\n" and facts_of(str(export))["rows"] == 3
    same = {name for name in before if now[name] == before[name]}
    assert same == {"00000.tar", "00000.parquet", "00000_stats.json"}


def test_the_list_of_digests_follows_and_an_untouched_file_keeps_its_own(export):
    listed = listed_digests(str(export))
    flipped = export / "00000.tar"
    flipped.write_bytes(flipped.read_bytes()[:-1] + b"x")  # must not be vouched for by a takedown
    unlist(str(export), {"00001.tar", "00001.parquet", "00001_stats.json"})
    clean_shard(str(export), "00001", Losses(rows=frozenset({2})))
    settle_export(None, str(export))
    now = listed_digests(str(export))
    assert now.keys() == listed.keys()
    assert now["00000.tar"] == listed["00000.tar"]
    for name in now.keys() - {"00000.tar"}:
        assert now[name] == hashlib.sha256((export / name).read_bytes()).hexdigest(), name
    marker, sums = (export / "_export.json").read_bytes(), (export / "_SHA256SUMS").read_bytes()
    assert damage_of_marker(marker, sums) is None


def test_an_older_export_is_given_its_list(export):
    (export / "_SHA256SUMS").unlink()
    facts = {"tier": "all", "format": "webdataset", "rows": 4, "refused": {}}
    (export / "_export.json").write_text(json.dumps(facts))
    settle_export(None, str(export))
    assert len(listed_digests(str(export))) == 8


def test_places_are_remembered_once_and_told_when_they_are_gone(export, tmp_path):
    files = str(tmp_path / "files")
    for place in (str(export), str(tmp_path / "moved"), str(export)):
        remember_export(files, place)
    assert remembered_exports(files) == [str(export), str(tmp_path / "moved")]
    assert exports_of(files, []) == ([str(export)], [str(tmp_path / "moved")])
    assert exports_of(files, [str(export)]) == ([str(export)], [str(tmp_path / "moved")])


def test_a_folder_that_is_no_export_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"holds no _export\.json"):
        exports_of(str(tmp_path), [str(tmp_path)])
    (tmp_path / "_export.json").write_text('{"task": "merge"}')
    with pytest.raises(InputError, match="tells no format"):
        facts_of(str(tmp_path))
