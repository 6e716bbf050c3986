"""The parts of a report, each on rows that can be checked by eye."""

import numpy as np
import pytest

from jobs.report.clusters import cluster_sizes
from jobs.report.dropped import dropped_images, dropped_sentences
from jobs.report.duplicates import image_components
from jobs.report.figures import histograms
from jobs.report.gallery import cards
from jobs.report.retrieval import measured
from jobs.report.settings import settings
from jobs.report.skew import skews
from realsyn_lib.hashing import xxhash64_rows
from realsyn_lib.report.content import ClusterSizes, Loss, Measured, Skew, Step
from realsyn_lib.tables import (
    IMAGE_CENTROIDS,
    IMAGE_CLUSTERS,
    IMAGE_DUPLICATES,
    IMAGES,
    PAIRS,
    RETRIEVED_TEXTS,
    SAMPLES,
    SENTENCES,
    SYNTHETIC_TEXTS,
)
from tests.jobs.report_tables import ReportTables

pytestmark = [pytest.mark.wide, pytest.mark.spark]


def drawing_order(ids, buckets):
    """Bucket after bucket, in each by hash: the slow, obvious way."""
    ranks = xxhash64_rows(1, np.array(ids, np.int64))
    return [number for *_, number in sorted((i % buckets, rank, i) for i, rank in zip(ids, ranks))]


def test_values_are_counted_in_their_bins_with_the_limits_of_the_settings(spark):
    rows = [
        {"word_count": 1, "complexity": 0},
        {"word_count": 2, "complexity": 1, "perplexity": 999.0},
        {"word_count": 3, "complexity": 1, "perplexity": 5000.0},
        {},
    ]
    tables = ReportTables(spark, {SENTENCES: rows}, settings=["sentences.min_words=2"])
    found = {histogram.title: histogram for histogram in histograms(tables)}
    words = found["Words of a sentence"]
    assert (words.low, words.high, words.limits) == (0.0, 100.0, (2, 81))
    assert words.counts[:3] == (1, 2, 0)  # two words a bin
    assert words.rows == 3
    assert found["Complexity of a sentence"].counts[:3] == (1, 2, 0)
    assert found["Perplexity of a sentence"].counts[-1] == 2  # beyond the axis: the end bar
    assert "Information of a sentence" not in found
    assert "Shorter side of an image" not in found


def test_cosines_have_the_edges_of_the_data_and_the_band_of_the_run(spark):
    rows = [{"cosine_syn": value, "syn_text": "one two three"} for value in (0.25, 0.5, 0.75)]
    metrics = {"balance_pairs": {"min_cosine": 0.3, "max_cosine": 0.6}}
    found = {h.title: h for h in histograms(ReportTables(spark, {PAIRS: rows}, metrics))}
    band = found["Image to synthetic text"]
    assert (band.low, band.high, band.limits) == (0.25, 0.75, (0.3, 0.6))
    assert [band.counts[0], band.counts[20], band.counts[39], band.rows] == [1, 1, 1, 3]
    assert found["Words of a synthetic text"].counts[1] == 3  # 3 words: from 2 to 4


def test_skew_tells_the_middle_and_the_top_of_each_kind_of_group(spark):
    given = [1, 1, 1, 2]
    duplicates = [{"id": n, "kind": "semantic", "component_id": n // 3} for n in range(6)]
    tables = {
        RETRIEVED_TEXTS: [{"image_id": n, "sentence_id": s} for n, s in enumerate(given)],
        IMAGE_CENTROIDS: [{"cluster_id": n, "size": size} for n, size in enumerate((2, 4, 30))],
        IMAGE_DUPLICATES: duplicates,
    }
    assert skews(ReportTables(spark, tables)) == (
        Skew("images of a cluster", 3, 36, 4, 30, 30),
        Skew("duplicates of one image", 2, 6, 3, 3, 3),
        Skew("images that are given one sentence", 2, 4, 1, 3, 3),
    )
    assert skews(ReportTables(spark, {})) == ()


@pytest.mark.parametrize("buckets", [1, 4, 64])
def test_examples_are_the_first_of_each_reason_and_lie_in_few_buckets(spark, buckets):
    small, wide = list(range(3000)), list(range(3000, 3003))
    rows = [{"image_id": n, "url": f"{n}.jpg", "drop_reason": "too_small"} for n in small]
    rows += [{"image_id": n, "url": f"{n}.jpg", "drop_reason": "aspect_ratio"} for n in wide]
    rows += [{"image_id": n, "url": "kept"} for n in range(4000, 4100)]
    losses = (Loss("too_small", "dropped", 3000), Loss("aspect_ratio", "dropped", 3))
    steps = (Step("filter_images", "image", 3103, 100, losses),)
    tables = ReportTables(spark, {IMAGES: rows}, {"fetch_images": {"buckets": float(buckets)}})
    found = {group.reason: group.examples for group in dropped_images(tables, steps)}
    ids = {reason: [example.image_id for example in found[reason]] for reason in found}
    assert ids == {
        "too_small": drawing_order(small, buckets)[:5],
        "aspect_ratio": drawing_order(wide, buckets),
    }


def test_a_dropped_sentence_is_told_with_its_scores(spark):
    rows = [
        {"sentence_id": 1, "text": "Buy now", "word_count": 2, "drop_reason": "too_short"},
        {"sentence_id": 2, "text": "A " * 900, "word_count": 900, "drop_reason": "too_long"},
        {"sentence_id": 3, "text": "Odd", "perplexity": 250.0, "drop_reason": "high_perplexity"},
    ]
    reasons = ("too_short", "too_long", "high_perplexity")
    losses = tuple(Loss(reason, "dropped", 1) for reason in reasons)
    steps = (Step("filter_sentences", "sentence", 3, 0, losses),)
    odd, longest, shortest = dropped_sentences(ReportTables(spark, {SENTENCES: rows}), steps)
    assert shortest.examples[0].label == "Buy now" and shortest.examples[0].note == "2 words"
    assert longest.examples[0].note == "900 words"
    assert odd.examples[0].note == "perplexity 250.0"
    assert len(longest.examples[0].label) == 400


def test_a_gallery_shows_sixty_kept_pairs_with_all_that_is_known_of_them(spark):
    pairs = [
        {"image_id": n, "raw_image_url": f"{n}.jpg", "syn_text": "s", "cosine_syn": 0.5,
         "drop_reason": None if n < 90 else "mismatched"}
        for n in range(100)
    ]  # fmt: skip
    texts = [{"image_id": n, "rank": 1, "text": f"of {n}", "cosine": 0.25} for n in range(100)]
    refused = [{"image_id": n, "text": "s", "fallback_reason": "llm_echo"} for n in range(50)]
    drawn = [{"tier": "all", "image_id": n} for n in range(90)]
    tables = {PAIRS: pairs, RETRIEVED_TEXTS: texts, SYNTHETIC_TEXTS: refused, SAMPLES: drawn}
    found = cards(ReportTables(spark, tables))
    assert [card.image_id for card in found] == drawing_order(range(90), 1)[:60]
    card = next(card for card in found if card.image_id < 50)
    assert [text.text for text in card.retrieved] == [f"of {card.image_id}"]
    assert (card.url, card.tiers) == (f"{card.image_id}.jpg", ("all",))
    assert (card.fallback_reason, card.caption, card.tags) == ("llm_echo", None, ())


def test_the_survivor_of_a_component_comes_first(spark):
    duplicates = [
        {"id": n, "kind": "perceptual", "component_id": 1, "representative_id": 3}
        for n in (1, 2, 3, 4, 5, 6)
    ]
    images = [{"image_id": n, "url": f"{n}.jpg"} for n in range(1, 7)]
    (group,) = image_components(ReportTables(spark, {IMAGE_DUPLICATES: duplicates, IMAGES: images}))
    assert group.size == 6
    assert [(member.label, member.is_representative) for member in group.members] == [
        ("3.jpg", True), ("1.jpg", False), ("2.jpg", False), ("4.jpg", False),
    ]  # fmt: skip


def test_clusters_are_counted_before_balance_and_in_each_tier(spark):
    before = [{"cluster_id": n // 4, "image_id": n} for n in range(10)]  # 4, 4 and 2 images
    drawn = [{"tier": "all", **row} for row in before] + [
        {"tier": "a few", "cluster_id": n, "image_id": 4 * n} for n in (2, 1)
    ]
    assert cluster_sizes(ReportTables(spark, {IMAGE_CLUSTERS: before, SAMPLES: drawn})) == (
        ClusterSizes(None, 10, 3, 4, (4, 4, 2)),
        ClusterSizes("a few", 2, 2, 1, (1, 1)),
        ClusterSizes("all", 10, 3, 4, (4, 4, 2)),
    )


def test_what_dedup_measured_is_told_with_what_it_rests_on(spark):
    metrics = {"candidate_recall": 0.98, "pair_recall": 1.0, "pair_recall_pairs": 40.0}
    assert measured(ReportTables(spark, {}, {"dedup_sentences": metrics})) == (
        Measured("near sentences by their words", 0.98),
        Measured("near sentences by their vectors", 1.0, 40),
    )


def test_settings_tell_what_differs_and_nothing_that_may_be_secret(spark):
    given = ["images.min_side_px=200", "spark.conf={spark.hadoop.fs.s3a.secret.key: hush}"]
    found = {setting.key: setting for setting in settings(ReportTables(spark, {}, settings=given))}
    assert (found["images.min_side_px"].value, found["images.min_side_px"].usual) == ("200", "100")
    assert found["models.encoder"].usual == '"eva02-e-14-plus"'
    assert found["images.max_aspect_ratio"].usual is None
    assert not any("hush" in setting.value for setting in found.values())
    assert not any(key.startswith(("spark", "resources", "batch")) for key in found)
