"""Clusters, retrieved texts, pairs and tiers, on vectors of a compass."""

from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from jobs.balance_pairs import cosines, judge, pair_rows
from jobs.cluster_sentences import transform as cluster
from jobs.cosine_band import cosine_band
from jobs.fit_sample import fit_on_sample, hash_sample
from jobs.generate_texts import prompts
from jobs.retrieval.search import Search, search_in_blocks
from jobs.retrieval.texts import with_texts
from jobs.tiers import draw_tiers
from realsyn_lib.balance import Band
from realsyn_lib.config import load_config
from realsyn_lib.embeddings import unit_rows
from realsyn_lib.retrieval.blocks import plan_blocks
from realsyn_lib.retrieval.centroids import small_centroids
from realsyn_lib.retrieval.levels import one_level
from realsyn_lib.retrieval.search import SearchRules
from realsyn_lib.tables import (
    IMAGE_CLUSTERS,
    IMAGE_DESCRIPTIONS,
    IMAGE_EMBEDDINGS,
    IMAGES,
    PAIRS,
    RETRIEVED_TEXTS,
    SENTENCE_CLUSTERS,
    SYNTHETIC_EMBEDDINGS,
    SYNTHETIC_TEXTS,
)
from tests.frames import frame, rows_of, vector
from udfs.nearest_cluster import nearest_cluster

pytestmark = pytest.mark.spark

EAST, NORTH, NORTH_EAST = vector(1, 0), vector(0, 1), vector(0.8, 0.6)
COMPASS = one_level(small_centroids(np.array([[1, 0], [0, 1]], np.float32)))


def settings(*more: str) -> SimpleNamespace:
    """What ``cosine_band`` and ``draw_tiers`` see of a stage where nothing is frozen."""
    stage = SimpleNamespace(
        conf=load_config("local", more), metrics={}, models={"encoder": "a digest"}
    )
    stage.frozen_figure = lambda _name, _by, fit: fit()
    return stage


def test_sentences_are_laid_out_by_their_nearest_cluster(spark):
    rows = [{"sentence_id": n, "embedding": v} for n, v in ((1, NORTH), (2, EAST), (3, NORTH_EAST))]
    vectors = frame(spark, SENTENCE_CLUSTERS, rows).drop("cluster_id")
    placed = cluster(vectors.mapInArrow(
        nearest_cluster(COMPASS),
        "sentence_id bigint, text_key bigint, embedding binary, cluster_id int",
    ))  # fmt: skip
    assert rows_of(placed, "sentence_id", "cluster_id") == [(1, 1), (2, 0), (3, 0)]


def test_centroids_are_fitted_on_the_same_rows_however_they_lie(spark):
    rows = [(number, EAST if number % 2 else NORTH) for number in range(400)]
    table = spark.createDataFrame(rows, "id bigint, embedding binary")
    half = hash_sample(table, rows=400, wanted=200, seed=1)
    assert 150 < half.count() < 250
    assert rows_of(half, "id") == rows_of(hash_sample(table.repartition(7), 400, 200, 1), "id")
    fitted = fit_on_sample(table, 400, k=2, sample_per_centroid=100, iterations=5, seed=1)
    found = {tuple(np.frombuffer(row.centroid, np.float32).round(3)) for row in fitted.collect()}
    assert found == {(1.0, 0.0), (0.0, 1.0)}


def searched(spark, images, sentences, nprobe, top_k, block_bytes):
    rules = SearchRules(top_k, max_same_cosine=2.0)
    frames = (
        frame(spark, IMAGE_EMBEDDINGS, images).select("image_id", "embedding"),
        spark.createDataFrame(
            sentences, "cluster_id int, sentence_id bigint, text_key bigint, embedding binary"
        ),
    )
    sizes = np.bincount([row[0] for row in sentences], minlength=2)
    blocks = plan_blocks(sizes, np.full(2, len(images)), 1, 1, block_bytes)
    return search_in_blocks(*frames, Search(COMPASS, 1, nprobe, rules), blocks), blocks


@pytest.mark.parametrize("block_bytes", [4, 1000])
def test_each_image_gets_the_sentences_of_its_own_cluster_best_first(spark, block_bytes):
    images = [{"image_id": 1, "embedding": EAST}, {"image_id": 2, "embedding": NORTH}]
    sentences = [(0, 10, 1, NORTH_EAST), (0, 11, 2, EAST), (1, 20, 3, NORTH)]
    found, _ = searched(spark, images, sentences, 1, 2, block_bytes)
    texts = spark.createDataFrame(
        [(10, "Far."), (11, "Near."), (20, "Up.")], "sentence_id bigint, text string"
    )
    told = with_texts(found, texts)
    assert told.columns == list(RETRIEVED_TEXTS.names)
    assert rows_of(told, "image_id", "rank", "sentence_id", "text", "cluster_id") == [
        (1, 1, 11, "Near.", 0), (1, 2, 10, "Far.", 0), (2, 1, 20, "Up.", 1),
    ]  # fmt: skip
    assert [round(row.cosine, 2) for row in told.orderBy("image_id", "rank").collect()] == [
        1.0, 0.8, 1.0,
    ]  # fmt: skip


@pytest.mark.parametrize(("partitions", "rows"), [(1, 1), (2, 10_000), (7, 3), (64, 50)])
def test_blocks_parts_copies_and_batches_change_no_answer(spark, partitions, rows, request):
    names = ("spark.sql.shuffle.partitions", "spark.sql.execution.arrow.maxRecordsPerBatch")
    for name, value in zip(names, (partitions, rows), strict=True):
        request.addfinalizer(partial(spark.conf.set, name, spark.conf.get(name)))
        spark.conf.set(name, value)
    generator = np.random.default_rng(1)
    vectors = unit_rows(generator.normal(size=(260, 2))).astype(np.float16)
    clusters = np.where(vectors[:200, 0] > vectors[:200, 1], 0, 1)
    sentences = [(int(c), n, n % 150, v.tobytes()) for n, (c, v) in
                 enumerate(zip(clusters, vectors[:200], strict=True))]  # fmt: skip
    images = [{"image_id": n, "embedding": v.tobytes()} for n, v in enumerate(vectors[200:])]
    answers = []
    for block_bytes in (10**6, 150, 30):  # one block; one a cluster; parts and copies of both
        found, blocks = searched(spark, images, sentences, 2, 3, block_bytes)
        answers.append(rows_of(found, "image_id", "rank", "sentence_id", "cluster_id"))
    assert blocks.parts.min() > 1
    assert blocks.copies.min() > 1
    assert answers[0] == answers[1] == answers[2]
    cosines = vectors[200:].astype(float) @ vectors[:200].astype(float).T
    for image in range(60):
        wanted, keys = [], set()
        for sentence in np.lexsort((np.arange(200), -cosines[image])).tolist():
            if sentence % 150 not in keys:
                keys.add(sentence % 150)
                wanted.append(sentence)
        assert [row[2] for row in answers[0] if row[0] == image] == wanted[:3]


def retrieved(spark):
    rows = [(1, 1, "a"), (1, 2, "b"), (1, 3, "c"), (2, 1, "d")]
    names = ("image_id", "rank", "text")
    return frame(spark, RETRIEVED_TEXTS, [dict(zip(names, row)) for row in rows])


def test_the_prompt_is_of_the_closest_sentence_and_what_is_seen(spark):
    described = [{"image_id": n, "caption": f"seen {n}", "tags": ["x"]} for n in (1, 2, 3)]
    asked = prompts(retrieved(spark), frame(spark, IMAGE_DESCRIPTIONS, described))
    assert rows_of(asked, "image_id", "text", "caption") == [(1, "a", "seen 1"), (2, "d", "seen 2")]


def test_a_pair_has_its_texts_by_rank_and_the_cosine_of_its_synthetic_text(spark):
    images = frame(spark, IMAGES, [{"image_id": n, "url": f"{n}.jpg"} for n in (1, 2, 3)])
    written = frame(spark, SYNTHETIC_TEXTS, [{"image_id": 1, "text": "s"}])
    vectors = [{"image_id": n, "embedding": EAST} for n in (1, 2)]
    found = cosines(
        frame(spark, IMAGE_EMBEDDINGS, vectors),
        frame(spark, SYNTHETIC_EMBEDDINGS, [{"image_id": 1, "embedding": NORTH_EAST}]),
    )
    pairs = pair_rows(images, retrieved(spark), written, found)
    columns = ("image_id", "raw_image_url", "text1", "text2", "text3", "syn_text")
    assert rows_of(pairs, *columns) == [
        (1, "1.jpg", "a", "b", "c", "s"),
        (2, "2.jpg", "d", None, None, None),
    ]
    known = {row.image_id: row.cosine_syn for row in pairs.collect()}
    assert known[1] == pytest.approx(0.8, abs=1e-3)
    assert known[2] is None


def test_the_ends_of_the_band_are_kept(spark):
    values = {1: 0.25, 2: 0.5, 3: 0.75, 4: 0.125, 5: 0.875, 6: None}
    rows = frame(spark, PAIRS, [{"image_id": n, "cosine_syn": v} for n, v in values.items()])
    judged = judge(rows.drop("drop_reason"), Band(0.25, 0.75))
    assert rows_of(judged, "image_id", "drop_reason") == [
        (1, None), (2, None), (3, None), (4, "mismatched"), (5, "ocr_like"), (6, "no_text"),
    ]  # fmt: skip


def test_the_band_is_what_settings_say_or_the_quantiles_of_the_pairs(spark):
    rows = [{"image_id": n, "cosine_syn": n / 100} for n in range(1, 101)]
    pairs = frame(spark, PAIRS, [*rows, {"image_id": 0}])
    told = settings("balance.min_cosine=0.2", "balance.max_cosine=0.3")
    assert cosine_band(told, pairs) == Band(0.2, 0.3)
    measured = settings("balance.low_quantile=0.1", "balance.high_quantile=0.9")
    band = cosine_band(measured, pairs)
    assert (band.min_cosine, band.max_cosine) == pytest.approx((0.1, 0.9), abs=0.011)


def test_tiers_cut_one_order_to_a_cap_of_each_cluster_or_to_an_exact_size(spark):
    placed = [(number, 0 if number < 10 else 1) for number in range(13)]
    rows = [{"image_id": n, "cluster_id": c} for n, c in placed]
    clusters = frame(spark, IMAGE_CLUSTERS, rows)
    stage = settings("balance.tiers={two: {cap: 2}, seven: {rows: 7}, every: {cap: 99}}")
    drawn = draw_tiers(stage, clusters).collect()
    of = {name: {r.image_id for r in drawn if r.tier == name} for name in ("two", "seven", "every")}
    assert {name: len(ids) for name, ids in of.items()} == {"two": 4, "seven": 7, "every": 13}
    assert of["two"] < of["seven"] < of["every"]
    assert len([number for number in of["two"] if number < 10]) == 2
    assert len([number for number in of["seven"] if number < 10]) == 4  # 3 of each, and one more
    moved = draw_tiers(stage, clusters.repartition(5)).collect()
    assert {tuple(row) for row in moved} == {tuple(row) for row in drawn}
