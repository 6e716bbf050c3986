import json
import shlex

import braceexpand
import pytest
from open_clip_train.data import expand_urls

from realsyn_lib.errors import InputError
from realsyn_lib.training.shards import drawing_pipe, shards_at
from tests.made_shards import publish_tier


def test_an_export_is_told_by_its_counts(tmp_path):
    place = publish_tier(tmp_path, "t", shards=3, rows=2)
    shards = shards_at(str(place))
    assert (shards.sample_count, shards.shard_count) == (6, 3)
    assert shards.pattern == f"{place}/{{00000..00002}}.tar"
    assert shards_at(str(place)) == shards


@pytest.mark.parametrize("name", ["plain", "two words", "quo'te", "dollar$x", "back`tick"])
@pytest.mark.parametrize("count", [1, 3])
def test_open_clip_and_a_shell_see_the_names_of_all_shards_in_the_pipe(tmp_path, name, count):
    place = publish_tier(tmp_path / name, "t", shards=count, rows=1)
    urls, _ = expand_urls(drawing_pipe(shards_at(str(place)), "/py thon"))
    told = [shlex.split(url.removeprefix("pipe:")) for url in urls]
    assert [words[0] for words in told] == ["/py thon"] * count
    assert [words[3] for words in told] == [f"{place}/{n:05d}.tar" for n in range(count)]
    assert {tuple(words[4:]) for words in told} == {("text1", "text2", "text3", "syn_text")}
    assert len(list(braceexpand.braceexpand(shards_at(str(place)).pattern))) == count


@pytest.mark.parametrize("name", ["a{b}", "a::b", "a\\b"])
def test_a_place_that_readers_take_for_a_pattern_is_refused(tmp_path, name):
    with pytest.raises(InputError, match="reads"):
        shards_at(str(publish_tier(tmp_path / name, "t")))


@pytest.mark.parametrize(
    ("sizes", "why"),
    [
        (None, "there is no sizes.json"),
        ("{", "is no JSON"),
        ("[1]", "no counts of shards"),
        ('{"00000.tar": "7"}', "no counts of shards"),
        ('{"../x.tar": 7}', "no counts of shards"),
        ('{"00000.tar": 0}', "counts no samples"),
        ('{"00001.tar": 3}', "does not name 00000.tar to 00000.tar"),
    ],
)
def test_counts_that_cannot_be_are_refused(tmp_path, sizes, why):
    place = publish_tier(tmp_path, "t", shards=1)
    (place / "sizes.json").unlink()
    if sizes is not None:
        (place / "sizes.json").write_text(sizes)
    with pytest.raises(InputError, match=why):
        shards_at(str(place))


def test_another_export_has_another_digest(tmp_path):
    place = publish_tier(tmp_path, "t", shards=1, rows=2)
    before = shards_at(str(place)).digest
    (place / "sizes.json").write_text(json.dumps({"00000.tar": 3}))
    assert shards_at(str(place)).digest != before
