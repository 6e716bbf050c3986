"""Settings are typed, named once, overlaid in order, and wrong ones are told with a remedy."""

import pytest
from pydantic import ValidationError

from realsyn_lib.config import check_stated_bounds, load_config, section_digest
from realsyn_lib.errors import SettingError

REFUSED = [
    ("images.min_side=1", "images.min_side is unknown; did you mean images.min_side_px?"),
    ("imges.min_side_px=1", "imges is unknown; did you mean images?"),
    ("images.min_side_px=1.5", "images.min_side_px: got 1.5"),
    ("images.min_side_px='100'", "images.min_side_px: got '100'"),
    ("images.min_side_px=true", "images.min_side_px: got True"),
    ("checks.max_quarantine_share=1.1", "checks.max_quarantine_share: got 1.1"),
    ("spark.driver_memory=4 GB", "spark.driver_memory"),
    ("release.formats=[zip]", "release.formats.0: got 'zip'"),
    ("balance.tiers.x={cap: 1, rows: 2}", "expected either cap: N or rows: N"),
    ("balance.tiers.x={}", "expected either cap: N or rows: N"),
    ("balance.low_quantile=null", "expected for each end of the band a cosine, or else a quantile"),
    ("images.min_side_px", "expected key=value"),
    ("=3", "expected key=value"),
    ("images=3", "images: got 3, expected a mapping"),
    ("balance.tiers.a/b={cap: 1}", "balance.tiers.a/b"),
    ("balance.tiers=null", "balance.tiers: got None, expected a mapping"),
    ("stages.embed_imges=gpu", "embed_imges"),
    ("sentences.min_words=90", "min_words is 90, expected at most max_words, which is 81"),
    ("sentences.max_perplexity=20", "min_perplexity is 30.0, expected at most max_perplexity"),
    ("balance.low_quantile=0.99", "low_quantile is 0.99, expected at most high_quantile"),
    ("dedup_sentences.min_jaccard=1", "min_jaccard: got 1"),
    ("dedup_sentences.survivor=largest_image", "survivor: got 'largest_image'"),
    ("dedup_images.max_representative_distance=3", "max_representative_distance: got 3"),
    ("images.min_side_px=[1", "is not YAML"),
    ("sources.columns.caption=c", "sources.columns.caption is unknown"),
    ("sources.columns.text=3", "sources.columns.text: got 3"),
]


def test_the_paper_s_thresholds_are_the_base_settings():
    config = load_config("emr")
    assert (config.images.min_side_px, config.images.max_aspect_ratio) == (100, 3.0)
    assert (config.sentences.min_words, config.sentences.max_words) == (3, 81)
    assert (config.sentences.min_perplexity, config.sentences.max_perplexity) == (30.0, 200.0)
    assert config.sentences.min_entropy_bits == 0.3
    assert (config.balance.min_cosine, config.balance.max_cosine) == (0.51, 0.61)
    assert {name: tier.cap for name, tier in config.balance.tiers.items()} == {
        "15m": 20, "30m": 35, "100m": 180,
    }  # fmt: skip


def test_an_environment_lays_over_what_differs_and_leaves_the_rest():
    local, cluster = load_config("local"), load_config("databricks")
    assert (local.buckets.count, cluster.buckets.count) == (1, 1024)
    assert set(local.balance.tiers) == {"small", "all"}
    assert local.sentences == cluster.sentences


def test_the_later_setting_wins():
    config = load_config("local", ["images.min_side_px=64", "images.min_side_px=32"])
    assert config.images.min_side_px == 32


def test_a_tier_is_added_by_name_and_the_others_stay():
    tiers = load_config("local", ["balance.tiers.tiny={rows: 3}"]).balance.tiers
    assert (tiers["tiny"].rows, tiers["small"].rows) == (3, 20)


def test_any_spark_key_may_be_set_with_its_dots():
    config = load_config("local", ["spark.conf.spark.sql.adaptive.enabled=false"])
    assert config.spark.conf["spark.sql.adaptive.enabled"] == "False"


def test_settings_of_one_load_do_not_leak_into_the_next():
    load_config("local", ["balance.tiers.tiny={rows: 3}", "spark.conf.spark.x=1"])
    again = load_config("local")
    assert "tiny" not in again.balance.tiers
    assert "spark.x" not in again.spark.conf


@pytest.mark.parametrize(("setting", "message"), REFUSED)
def test_a_wrong_setting_is_refused_by_name(setting, message):
    with pytest.raises(SettingError) as error:
        load_config("local", [setting])
    assert message in str(error.value)


def test_an_unknown_environment_is_refused():
    with pytest.raises(
        SettingError, match="'cloud' is unknown; expected one of local, databricks, emr"
    ):
        load_config("cloud")


def test_settings_cannot_be_changed_after_loading():
    with pytest.raises(ValidationError, match="frozen"):
        load_config("local").images.min_side_px = 3


def test_a_digest_sees_its_sections_and_no_others():
    plain = load_config("local")
    changed = load_config("local", ["images.min_side_px=64"])
    assert section_digest(plain, ["images"]) != section_digest(changed, ["images"])
    assert section_digest(plain, ["fetch"]) == section_digest(changed, ["fetch"])
    assert section_digest(plain, ["images", "fetch"]) == section_digest(plain, ["fetch", "images"])


@pytest.mark.parametrize("settings", [
    [], ["images.min_side_px=200", "images.max_aspect_ratio=2.0"],
    ["sources.min_stated_side_px=50", "sources.max_stated_aspect_ratio=9.0"],
    ["sources.min_stated_side_px=null", "sources.max_stated_aspect_ratio=null", "images.min_side_px=1"],
])  # fmt: skip
def test_stated_bounds_that_drop_no_more_than_measured_ones_are_taken(settings):
    check_stated_bounds(load_config("emr", settings))


@pytest.mark.parametrize(("setting", "named"), [
    ("images.min_side_px=64", "sources.min_stated_side_px is 100, above images.min_side_px \\(64\\)"),
    ("images.max_aspect_ratio=5.0", "sources.max_stated_aspect_ratio is 3.0, below images"),
])  # fmt: skip
def test_a_stated_bound_that_drops_what_the_measured_one_keeps_is_refused(setting, named):
    with pytest.raises(SettingError, match=named):
        check_stated_bounds(load_config("emr", [setting]))


def test_other_rules_on_measured_sizes_do_not_run_extraction_again():
    digests = {
        section_digest(load_config("local", [f"images.min_side_px={side}"]), ["sources"])
        for side in (50, 100, 200)
    }
    assert len(digests) == 1
