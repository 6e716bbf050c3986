"""What is measured of texts and pairs, on rows that a person can count."""

import pytest

from jobs.assess.cluster_sizes import cluster_size_rows, curve_rows
from jobs.assess.entities import entity_rows
from jobs.assess.measures import distributions, histogram, summary
from jobs.assess.origins import host_of, host_rows, licence_rows
from jobs.assess.perplexity import known, of_first_pairs
from jobs.assess.release_rows import alt_texts
from jobs.assess.richness import cut_rows, lengths
from jobs.assess.texts import distinct_words, texts_of
from realsyn_lib.assess.axes import AXES
from realsyn_lib.assess.histograms import Bins
from realsyn_lib.tables import IMAGE_CLUSTERS, IMAGES, PAIRS, RETRIEVED_TEXTS, SAMPLES, SENTENCES
from tests.frames import frame, rows_of
from udfs.measure_texts import MEASURED_DDL

pytestmark = [pytest.mark.wide, pytest.mark.spark]


def told(rows):
    return {(row.measure, row.label): row.value for row in rows.collect()}


def test_values_fall_into_their_bins_and_those_outside_into_the_last_ones(spark):
    values = [("a", -9.0), ("a", 0.0), ("a", 0.49), ("a", 0.5), ("a", 7.0), ("b", 7.0)]
    frame_of = spark.createDataFrame(values, "axis string, value double").selectExpr(
        "*", "'m' AS measure"
    )
    bins = {"a": Bins(0.0, 1.0, 2), "b": Bins(0.0, 10.0, 5)}
    assert rows_of(histogram(frame_of, bins), "measure", "label", "value") == [
        ("m", "0.0000", 3.0), ("m", "0.5000", 2.0), ("m", "6.0000", 1.0),
    ]  # fmt: skip


def test_a_summary_is_the_mean_and_quantiles(spark):
    values = spark.range(1, 101).selectExpr("'m' AS measure", "CAST(id AS double) AS value")
    assert rows_of(summary(values), "measure", "label", "value") == [
        ("m_summary", "mean", 50.5), ("m_summary", "p05", 5.0), ("m_summary", "p50", 50.0),
        ("m_summary", "p95", 95.0),
    ]  # fmt: skip


def test_an_assessed_pair_gives_a_row_for_each_text_it_has(spark):
    rows = [
        {"image_id": 1, "text1": "a", "syn_text": "s"},
        {"image_id": 2, "text1": "", "text2": "x"},
    ]
    texts = texts_of(frame(spark, PAIRS, rows), ("text1", "syn_text"))
    assert rows_of(texts, "image_id", "kind", "text") == [(1, "syn_text", "s"), (1, "text1", "a")]


def test_words_are_counted_once_for_each_kind_whatever_their_case(spark):
    rows = [(1, "a", "The dog's well-known Dog."), (2, "a", "the DOG"), (3, "b", "1,000 dogs")]
    texts = spark.createDataFrame(rows, "image_id bigint, kind string, text string")
    # a: the, dog's, well-known, dog; b: 1, 000, dogs
    assert told(distinct_words(texts)) == {
        ("distinct_words", "a"): 4.0,
        ("distinct_words", "b"): 3.0,
    }


def test_tokens_are_cut_at_what_clip_reads_and_the_share_that_is_cut_is_told(spark):
    rows = [
        ("text1", 77, 0.5, []),
        ("text1", 78, 0.5, []),
        ("text1", 300, 0.5, []),
        ("text1", 4, 0.5, []),
    ]
    measured = spark.createDataFrame(rows, MEASURED_DDL)
    assert told(cut_rows(measured)) == {("cut_share", "text1"): 0.5}
    found = told(distributions([lengths(measured)], AXES, 40))  # bins are 2 wide
    assert found["tokens_text1", "76.0000"] == 3.0
    assert found["tokens_text1", "4.0000"] == 1.0
    assert found["tokens_text1_summary", "mean"] == (77 + 77 + 77 + 4) / 4


def test_entities_are_counted_by_kind_and_by_two_kinds(spark):
    named = {"a": ["cat", "dog", "cow"], "b": ["cat", "sea"], "c": ["cat", "dog", "cat"]}
    rows = [(kind, entity) for kind, entities in named.items() for entity in entities]
    assert told(entity_rows(spark.createDataFrame(rows, "kind string, entity string"))) == {
        ("distinct_entities", "a"): 3.0, ("distinct_entities", "b"): 2.0,
        ("distinct_entities", "c"): 2.0, ("shared_entities", "a+b"): 1.0,
        ("shared_entities", "a+c"): 2.0, ("shared_entities", "b+c"): 1.0,
    }  # fmt: skip


ADDRESSES = {
    "https://User:pw@IMG.Example.org:8080/a.jpg?x=http://other.example/": "img.example.org",
    "http://example.org#frag": "example.org",
    "http://[2001:db8::1]:80/a.jpg": "[2001:db8::1]",
    "animals/images/cow.jpg": "(no host)",
    "https:///a.jpg": "(no host)",
    None: "(no host)",
}


def test_the_host_of_an_address_is_what_a_browser_would_ask(spark):
    rows = spark.createDataFrame([(url,) for url in ADDRESSES], "url string")
    found = {
        row.url: row.host for row in rows.select("url", host_of(rows.url).alias("host")).collect()
    }
    assert found == ADDRESSES


def test_hosts_beyond_the_listed_ones_are_counted_together(spark):
    urls = ["http://a/1", "http://a/2", "http://a/3", "http://b/1", "http://c/1", "x.jpg", "y.jpg"]
    rows = spark.createDataFrame([(url,) for url in urls], "raw_image_url string")
    assert told(host_rows(rows, 3)) == {
        ("hosts", "a"): 3.0, ("hosts", "(no host)"): 2.0, ("hosts", "b"): 1.0,
        ("hosts", "(all others)"): 1.0, ("distinct_hosts", "all"): 3.0,
    }  # fmt: skip


def test_a_perplexity_that_is_stored_is_not_worked_out_anew(spark):
    scores = {7: 31.5, 8: 99.0, 9: None}
    sentences = frame(
        spark, SENTENCES, [{"sentence_id": s, "perplexity": p} for s, p in scores.items()]
    )
    places = [(1, 1, 7), (1, 2, 8), (2, 1, 7), (3, 1, 8), (4, 1, 9)]  # image_id, rank, sentence_id
    retrieved = frame(
        spark, RETRIEVED_TEXTS, [{"image_id": i, "rank": r, "sentence_id": s} for i, r, s in places]
    )
    sample = spark.createDataFrame([(1,), (2,), (4,)], "image_id bigint")
    found = known(sentences, retrieved, sample)
    assert rows_of(found, "measure", "value") == [
        ("perplexity_text1", 31.5), ("perplexity_text1", 31.5), ("perplexity_text1", None),
    ]  # fmt: skip


def test_a_licence_that_is_not_stated_is_told_as_that(spark):
    rows = spark.createDataFrame([("cc-by",), (" cc-by ",), ("",), (None,)], "licence string")
    assert told(licence_rows(rows, 9)) == {
        ("licences", "cc-by"): 2.0, ("licences", "(not stated)"): 2.0, ("distinct_licences", "all"): 1.0,
    }  # fmt: skip


def test_a_curve_says_how_many_clusters_have_at_least_so_many_rows(spark):
    sizes = {1: 1, 2: 1, 3: 2, 4: 20}  # cluster_id: rows
    rows = [("all", cluster) for cluster, size in sizes.items() for _ in range(size)]
    curve = told(curve_rows(spark.createDataFrame(rows, "name string, cluster_id int")))
    assert curve == {
        ("cluster_sizes_all", "1"): 4.0, ("cluster_sizes_all", "2"): 2.0,
        ("cluster_sizes_all", "19"): 1.0,  # 20 lies between the steps 19 and 21
    }  # fmt: skip


def test_a_curve_begins_at_one_row_also_where_no_cluster_is_so_small(spark):
    rows = [("all", cluster) for cluster in (1, 2) for _ in range(3)]
    assert told(curve_rows(spark.createDataFrame(rows, "name string, cluster_id int"))) == {
        ("cluster_sizes_all", "1"): 2.0, ("cluster_sizes_all", "3"): 2.0,
    }  # fmt: skip


def test_a_random_draw_of_a_tier_s_size_keeps_more_of_a_large_cluster_than_balance(spark):
    placed = [(number, 0 if number < 300 else number) for number in range(400)]
    clusters = frame(spark, IMAGE_CLUSTERS, [{"image_id": n, "cluster_id": c} for n, c in placed])
    drawn = [{"tier": "t", "image_id": n, "cluster_id": c} for n, c in placed if n >= 295]
    found = told(cluster_size_rows(clusters, frame(spark, SAMPLES, drawn), 400, seed=1))
    largest = {
        name: max(int(size) for measure, size in found if measure == f"cluster_sizes_{name}")
        for name in ("all", "tier_t", "tier_t_random")
    }
    assert largest["tier_t"] == 5
    assert 64 <= largest["tier_t_random"] <= 92  # 105 of 400, three quarters of them of one cluster
    assert largest["all"] == 279  # 300 lies between two steps


def test_alternative_texts_are_those_of_the_sample_s_images(spark):
    images = frame(spark, IMAGES, [
        {"image_id": 1, "alt_text": "a cow"}, {"image_id": 2, "alt_text": "a pig"},
        {"image_id": 3, "alt_text": ""}, {"image_id": 4, "alt_text": None},
    ])  # fmt: skip
    sample = spark.createDataFrame([(1,), (3,), (4,)], "image_id bigint")
    assert rows_of(alt_texts(images, sample), "image_id", "kind", "text") == [
        (1, "alt_text", "a cow")
    ]


def test_the_first_pairs_are_the_same_in_any_order_and_bring_all_their_texts(spark):
    rows = [(n, kind, f"{kind}{n}") for n in range(40) for kind in ("text1", "syn_text")]
    texts = spark.createDataFrame(rows, "image_id bigint, kind string, text string")
    chosen = rows_of(of_first_pairs(texts, 3, 1), "image_id", "kind", "text")
    assert len(chosen) == 6 and len({image for image, _, _ in chosen}) == 3
    assert rows_of(of_first_pairs(texts.repartition(7), 3, 1), "image_id", "kind", "text") == chosen
