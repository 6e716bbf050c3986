"""The recall of the clusters: measured against an exact search, and what it says of more of them."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from jobs.retrieval.recall import MOST_PROBES, chosen_nprobe, exact_search, tell_recall
from jobs.retrieval.search import Search, search_in_blocks
from realsyn_lib.config import load_config
from realsyn_lib.embeddings import unit_rows
from realsyn_lib.errors import SettingError
from realsyn_lib.retrieval.blocks import plan_blocks
from realsyn_lib.retrieval.centroids import small_centroids
from realsyn_lib.retrieval.levels import one_level
from realsyn_lib.retrieval.search import SearchRules
from tests.brute_force import ranked
from tests.frames import rows_of
from tests.jobs.scratch_memory import ScratchMemory

pytestmark = [pytest.mark.wide, pytest.mark.spark]

RULES = SearchRules(3, max_same_cosine=2.0)
IMAGES, SENTENCES, CLUSTERS = 50, 400, 12


def stored(count, seed):
    vectors = np.random.default_rng(seed).normal(size=(count, 6))
    return unit_rows(vectors).astype(np.float16).astype(np.float32)


@pytest.fixture(scope="module")
def world(spark, tmp_path_factory):
    cells, sentences, images = stored(CLUSTERS, 1), stored(SENTENCES, 2), stored(IMAGES, 3)
    own = ranked(sentences, cells, 1)[:, 0]
    told = [(int(c), n, n, v.astype(np.float16).tobytes()) for n, (c, v) in
            enumerate(zip(own, sentences, strict=True))]  # fmt: skip
    asked = [(n, v.astype(np.float16).tobytes()) for n, v in enumerate(images)]
    return SimpleNamespace(
        spark=spark,
        folder=tmp_path_factory.mktemp("kept"),
        sentences=spark.createDataFrame(
            told, "cluster_id int, sentence_id bigint, text_key bigint, embedding binary"
        ),
        images=spark.createDataFrame(asked, "image_id bigint, embedding binary"),
        index=one_level(small_centroids(cells)),
        sizes=np.bincount(own, minlength=CLUSTERS),
        best=np.argsort(-(images.astype(float) @ sentences.astype(float).T), axis=1)[:, :3],
        nearest=ranked(images, cells, CLUSTERS),
        own=own,
    )


def stage_of(*settings):
    attempt = SimpleNamespace(input_versions={"sentence_centroids": 3})
    stage = SimpleNamespace(conf=load_config("local", settings), metrics={}, attempt=attempt)
    stage.frozen_figure = lambda _name, _by, fit: fit()
    return stage


def exact_of(world, stage):
    search, memory = Search(world.index, 1, 1, RULES), ScratchMemory(world.spark, world.folder)
    return exact_search(
        stage, memory, world.images, IMAGES, world.sentences, world.sizes, search, None
    )


def share_within(world, nprobe):
    """Count by hand: exact answers whose cluster is among the image's first ``nprobe``."""
    hits = [world.own[s] in world.nearest[i, :nprobe] for i in range(IMAGES) for s in world.best[i]]
    return np.mean(hits)


def test_the_exact_answers_are_the_best_of_all_sentences(world):
    found = exact_of(world, stage_of()).found
    pairs = set(zip(found["image_id"].to_pylist(), found["sentence_id"].to_pylist(), strict=True))
    assert pairs == {(i, int(s)) for i in range(IMAGES) for s in world.best[i]}


def test_recall_and_products_are_told_for_every_number_of_clusters(world):
    exact = exact_of(world, stage_of())
    for nprobe in (1, 2, 5, CLUSTERS):
        assert exact.recall[nprobe - 1] == pytest.approx(share_within(world, nprobe))
        looked = world.sizes[world.nearest[:, :nprobe]].sum(axis=1).mean()
        assert exact.products[nprobe - 1] == pytest.approx(looked)
    assert exact.recall[MOST_PROBES - 1] == 1.0


@pytest.mark.parametrize("wanted", [0.5, 0.9, 1.0])
def test_the_least_number_of_clusters_that_reaches_the_recall_is_taken(world, wanted):
    stage = stage_of(f"retrieval.min_recall={wanted}")
    nprobe = chosen_nprobe(stage, exact_of(world, stage))
    assert share_within(world, nprobe) >= wanted
    assert nprobe == 1 or share_within(world, nprobe - 1) < wanted


def test_a_recall_that_no_number_of_clusters_reaches_is_refused(world):
    stage = stage_of("retrieval.min_recall=1.0", "retrieval.beam=1")
    exact = exact_of(world, stage)
    short = replace(exact, recall=exact.recall * 0.9)
    with pytest.raises(SettingError, match=r"64 clusters out of 1 groups reach 0\.900"):
        chosen_nprobe(stage, short)


def test_without_a_wanted_recall_the_setting_holds(world):
    stage = stage_of("retrieval.nprobe=5")
    assert chosen_nprobe(stage, exact_of(world, stage)) == 5


@pytest.mark.parametrize("nprobe", [1, 3])
def test_the_metric_is_the_share_of_the_exact_answers_that_were_found(world, nprobe):
    stage = stage_of()
    exact = exact_of(world, stage)
    blocks = plan_blocks(
        world.sizes, world.sizes * 0, sentence_bytes=1, image_bytes=1, block_bytes=100
    )
    search = Search(world.index, 1, nprobe, RULES)
    found = search_in_blocks(world.images, world.sentences, search, blocks)
    assert len(rows_of(found, "image_id", "rank")) == 3 * IMAGES
    tell_recall(stage, exact, found, nprobe)
    assert stage.metrics["recall"] == pytest.approx(share_within(world, nprobe))
    assert stage.metrics["recall"] == pytest.approx(exact.recall[nprobe - 1])
    assert stage.metrics["recall_images"] == IMAGES
    assert stage.metrics["nprobe"] == nprobe
    assert stage.metrics["products"] == pytest.approx(exact.products[nprobe - 1])


def test_few_of_many_images_are_looked_at(world):
    exact = exact_of(world, stage_of("checks.recall_rows=20"))
    assert 5 < len(exact.found["image_id"].unique()) < 40
