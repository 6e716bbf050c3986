"""Tiers by entries, on real tables: counts, exact sizes, one inside the other."""

from itertools import pairwise

import pytest

from jobs.digest import config_digest
from jobs.entry_tiers import draw_entry_tiers
from jobs.inputs import InputSpec
from realsyn_lib.config import load_config
from realsyn_lib.errors import SettingError
from realsyn_lib.stages import stage_named
from tests.frames import rows_of
from tests.jobs.scratch_stage import ScratchStage

pytestmark = [pytest.mark.wide, pytest.mark.spark]

PAIRS = 400
TIERS = ("balance.tiers.few={cap: 3}", "balance.tiers.more={cap: 50}", "balance.tiers.exact={rows: 77}",
         "balance.tiers.less={rows: 15}", "balance.tiers.all={rows: 9000}")  # fmt: skip


def world(spark, partitions=2):
    """Every pair tells of a dog, each fortieth of a heron, the last forty of nothing on the list."""
    rows = []
    for n in range(PAIRS):
        said = "nothing" if n >= 360 else "a heron and a dog" if n % 40 == 0 else "the dog"
        rows.append((n, f"Here is {said}.", None, "so it is" if n % 2 else None, "A text."))
    pairs = spark.createDataFrame(
        rows, "image_id bigint, text1 string, text2 string, text3 string, syn_text string"
    ).repartition(partitions)
    clusters = spark.createDataFrame(
        [(n, n % 7) for n in range(PAIRS)], "image_id bigint, cluster_id int"
    )
    return clusters, pairs


def drawn(spark, folder, settings=(), partitions=2):
    stage = ScratchStage(spark, folder, settings=(*TIERS, *settings))
    rows = rows_of(
        draw_entry_tiers(stage, *world(spark, partitions)), "tier", "image_id", "cluster_id"
    )
    tiers = {}
    for tier, image, cluster in rows:
        assert cluster == image % 7
        tiers.setdefault(tier, set()).add(image)
    return tiers, stage.metrics


@pytest.fixture
def listed(tmp_path):
    place = tmp_path / "entries.txt"
    place.write_text("dog\nheron\nunicorn\n", encoding="utf-8")
    return f"balance.entries_file={place}"


def test_rare_entries_stay_whole_and_common_ones_up_to_a_cap(spark, tmp_path, listed):
    tiers, metrics = drawn(spark, tmp_path, [listed])
    herons = set(range(0, 360, 40))
    assert herons < tiers["more"]  # nine, fewer than the cap of fifty
    assert 25 < len(tiers["more"] - herons) < 75
    assert len(tiers["few"] & herons) < 9
    assert len(tiers["exact"]) == 77
    assert len(tiers["less"]) == 15
    assert tiers["all"] == set(range(360))  # those that hold an entry
    sizes = sorted(tiers.values(), key=len)
    assert all(one <= other for one, other in pairwise(sizes))
    assert (metrics["entries"], metrics["entries_held"], metrics["pairs_with_entry"]) == (3, 2, 360)
    assert (metrics["tier.exact.rows"], metrics["tier.few.rows"]) == (77, len(tiers["few"]))
    assert metrics["tier.few.cap"] < 3 < metrics["tier.exact.cap"]


def test_the_same_rows_are_drawn_at_any_partitioning(spark, tmp_path, listed):
    one, _ = drawn(spark, tmp_path / "one", [listed], partitions=1)
    seven, _ = drawn(spark, tmp_path / "seven", [listed], partitions=7)
    assert one == seven


def test_without_a_list_the_words_that_occur_often_are_it(spark, tmp_path):
    _, metrics = drawn(spark, tmp_path, ["balance.entry_min_count=100"])
    # here, is, dog, the, it, a, text: so is as often as it
    often = {"here", "is", "dog", "the", "so", "it", "a", "text"}
    assert metrics["entries"] == len(often)
    assert metrics["pairs_with_entry"] == PAIRS


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "not found"),
        (b"\xff\xfe\x00", "utf-8"),
        (b"...\n", "none of 1 entries has a word"),
        (b"dog\n" + b"word " * 17, "entry 2 has 17 words, expected at most 16"),
    ],
)
def test_a_list_that_is_none_is_refused(spark, tmp_path, content, said):
    place = tmp_path / "entries.txt"
    if content is not None:
        place.write_bytes(content)
    with pytest.raises(SettingError, match=rf"balance\.entries_file {place}: .*{said}"):
        drawn(spark, tmp_path, [f"balance.entries_file={place}"])


def test_words_that_are_too_rare_to_be_a_list_are_refused(spark, tmp_path):
    with pytest.raises(SettingError, match=r"balance\.entry_min_count 100000"):
        drawn(spark, tmp_path, ["balance.entry_min_count=100000"])


def test_another_list_under_the_same_name_is_another_digest(tmp_path):
    place = tmp_path / "entries.txt"
    spec, digests = stage_named("balance_pairs"), []
    for content, sampler in (("dog", "entries"), ("cat", "entries"), ("cat", "entries")):
        place.write_text(content, encoding="utf-8")
        settings = [f"balance.entries_file={place}", f"balance.sampler={sampler}"]
        digests.append(config_digest(spec, load_config("local", settings), InputSpec(), {}))
    assert digests[0] != digests[1] == digests[2]
