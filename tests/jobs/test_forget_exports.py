"""What an export says of itself after a takedown, and where exports are looked for."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from jobs.export_places import exports_of, remember_export, remembered_exports
from jobs.forget.exports import facts_of, settle_export
from realsyn_lib.errors import InputError
from realsyn_lib.forget.shards import Losses, clean_shard
from realsyn_lib.release.picture import PictureRules, training_picture
from realsyn_lib.release.samples import Sample
from realsyn_lib.release.shards import sizes_json
from realsyn_lib.release.webdataset import ShardLayout, write_shard

LAYOUT = ShardLayout(index_digits=4, encode_format="jpg", caption="text1")


def picture(shade):
    written = io.BytesIO()
    Image.fromarray(np.full((20, 30, 3), shade, np.uint8)).save(written, format="PNG")
    return training_picture(written.getvalue(), PictureRules(image_size=32))


@pytest.fixture
def export(tmp_path):
    """Two shards of two samples each."""
    place = tmp_path / "export"
    stats = [
        write_shard(str(place), shard, [
            Sample(2 * shard + n, n, f"{shard}{n}.png", ("a", "b", "c", "d"), None, picture(9 * n))
            for n in range(2)
        ], LAYOUT)
        for shard in range(2)
    ]  # fmt: skip
    (place / "sizes.json").write_bytes(sizes_json(stats))
    (place / "__len__").write_text("4\n")
    facts = {"tier": "all", "format": "webdataset", "rows": 4, "refused": {}}
    (place / "_export.json").write_text(json.dumps(facts, sort_keys=True))
    return place


def contents(place):
    return {path.name: path.read_bytes() for path in place.iterdir()}


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
