"""The demo's assessment: figures against the tables they are of."""

import pytest

from realsyn_lib import tables as t

pytestmark = [pytest.mark.demo, pytest.mark.spark, pytest.mark.models]
KINDS = {"text1", "syn_text", "alt_text"}


@pytest.fixture(scope="module")
def measures(demo):
    return {(row["measure"], row["label"]): row["value"] for row in demo(t.ASSESSMENTS)}


@pytest.fixture(scope="module")
def kept(demo):
    return [row for row in demo(t.PAIRS) if row["drop_reason"] is None]


def test_every_measure_of_texts_is_there_for_each_kind(measures):
    for measure in ("cut_share", "distinct_words", "distinct_entities"):
        assert {label for name, label in measures if name == measure} == KINDS
    for prefix in ("tokens", "density"):
        named = {name for name, _ in measures if name.startswith(f"{prefix}_")}
        assert named == {f"{prefix}_{kind}{end}" for kind in KINDS for end in ("", "_summary")}


def test_a_histogram_counts_every_pair_once(measures, kept):
    for prefix in ("tokens_text1", "cosine_syn", "perplexity_text1"):
        assert sum(value for (name, _), value in measures.items() if name == prefix) == len(kept)


def test_two_kinds_share_no_more_entities_than_each_has(measures):
    for one, other in (("alt_text", "text1"), ("syn_text", "text1"), ("alt_text", "syn_text")):
        both = measures["shared_entities", f"{one}+{other}"]
        assert 0 < both <= min(measures["distinct_entities", kind] for kind in (one, other))


def test_the_topics_share_all_texts_among_them(demo, kept):
    topics = demo(t.TOPICS)
    assert len(topics) == len(kept) // 10  # one for ten texts
    assert sum(row["share"] for row in topics) == pytest.approx(1.0, abs=1e-6)
    assert {row["image_id"] for row in demo(t.TOPIC_POINTS)} <= {row["image_id"] for row in kept}
    assert len(demo(t.TOPIC_POINTS)) == sum(row["text_count"] for row in topics)


def test_curves_of_cluster_sizes_begin_at_all_clusters(demo, measures):
    clusters = {row["cluster_id"] for row in demo(t.IMAGE_CLUSTERS)}
    assert measures["cluster_sizes_all", "1"] == len(clusters)
    of_small = {row["cluster_id"] for row in demo(t.SAMPLES) if row["tier"] == "small"}
    assert measures["cluster_sizes_tier_small", "1"] == len(of_small)


def test_the_demo_s_pictures_lie_beside_its_pages(measures, kept):
    assert measures["hosts", "(no host)"] == len(kept)
    assert measures["distinct_hosts", "all"] == 0
