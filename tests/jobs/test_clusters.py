"""Rows in their nearest clusters, fitted in groups: the same at any partitioning, and once only."""

import numpy as np
import pytest

import jobs.clusters
from jobs.clusters import Clustering, cluster_rows
from jobs.fit_sample import FitSettings
from realsyn_lib.embeddings import unit_rows
from realsyn_lib.errors import GateError
from realsyn_lib.tables import SENTENCE_CENTROIDS, SENTENCE_CLUSTERS, SENTENCE_EMBEDDINGS
from tests.jobs.scratch_stage import ScratchStage

pytestmark = pytest.mark.spark

ROWS, WIDTH = 2400, 8


@pytest.fixture(scope="module")
def stored():
    vectors = np.random.default_rng(1).normal(size=(ROWS, WIDTH))
    return unit_rows(vectors).astype(np.float16)


def frame_of(spark, stored, order=None):
    ids = np.arange(len(stored)) if order is None else order
    rows = [(int(n), 7 * int(n), stored[n].tobytes()) for n in ids]
    return spark.createDataFrame(rows, "sentence_id bigint, text_key bigint, embedding binary")


def ordered(rows, *names):
    """The named columns in the order of the first one."""
    return [tuple(row) for row in rows.orderBy(names[0]).select(*names).collect()]


def clustering(rows_per_centroid=20, beam=100, refinements=2):
    fit = FitSettings(64, 6, refinements, beam, seed=1)
    return Clustering(
        "sentence_id",
        SENTENCE_EMBEDDINGS,
        SENTENCE_CENTROIDS,
        SENTENCE_CLUSTERS,
        rows_per_centroid,
        fit,
    )


def clustered(stage, vectors, what):
    placed = cluster_rows(
        stage, vectors, vectors.count(), what, lambda _ids: vectors, lambda rows: rows
    )
    return placed, stage.spark.read.parquet(stage.files("sentence_centroids"))


def test_every_row_is_in_its_nearest_cluster_and_counted_there(spark, tmp_path, stored):
    placed, centroids = clustered(
        ScratchStage(spark, tmp_path), frame_of(spark, stored), clustering()
    )
    found = centroids.orderBy("cluster_id").collect()
    assert [row.cluster_id for row in found] == list(range(len(found)))
    assert len(found) == pytest.approx(120, abs=6)
    groups = [row.group_id for row in found]
    assert groups == sorted(groups)
    assert set(groups) == set(range(11))
    cells = np.stack([np.frombuffer(row.centroid, np.float32) for row in found]).astype(float)
    nearest = (stored.astype(float) @ cells.T).argmax(axis=1)
    told = ordered(placed, "sentence_id", "text_key", "cluster_id")
    assert told == [(n, 7 * n, int(nearest[n])) for n in range(ROWS)]
    assert [row["size"] for row in found] == np.bincount(nearest, minlength=len(found)).tolist()


def test_order_and_partitions_change_no_bit(spark, tmp_path, stored):
    shuffled = frame_of(spark, stored, np.random.default_rng(2).permutation(ROWS)).repartition(7)
    tables = []
    for name, vectors in (("one", frame_of(spark, stored).coalesce(1)), ("other", shuffled)):
        placed, centroids = clustered(
            ScratchStage(spark, tmp_path / name), vectors, clustering(beam=3)
        )
        tables.append((ordered(placed, "sentence_id", "cluster_id"),
                       ordered(centroids, "cluster_id", "group_id", "centroid", "size")))  # fmt: skip
    assert tables[0] == tables[1]


def test_rounds_over_all_groups_fit_better(spark, tmp_path, stored):
    costs = []
    for rounds in (0, 3):
        stage = ScratchStage(spark, tmp_path / str(rounds))
        placed, centroids = clustered(
            stage, frame_of(spark, stored), clustering(refinements=rounds)
        )
        cells = {
            row.cluster_id: np.frombuffer(row.centroid, np.float32) for row in centroids.collect()
        }
        own = [cells[c] for _, c in ordered(placed, "sentence_id", "cluster_id")]
        costs.append(1 - (stored.astype(float) * np.stack(own)).sum(axis=1).mean())
    assert costs[1] < costs[0]


def test_what_a_killed_attempt_had_fitted_is_not_fitted_again(spark, tmp_path, stored, monkeypatch):
    vectors = frame_of(spark, stored)
    first = clustered(ScratchStage(spark, tmp_path), vectors, clustering())[0].collect()

    def never(*_given):
        raise AssertionError("fitted again")

    monkeypatch.setattr(jobs.clusters, "fit_levels", never)
    again = clustered(ScratchStage(spark, tmp_path), vectors, clustering())[0].collect()
    assert sorted(first) == sorted(again)


def test_frozen_centroids_keep_their_sizes_and_new_rows_find_them(spark, tmp_path, stored):
    half = frame_of(spark, stored[: ROWS // 2])
    _, centroids = clustered(ScratchStage(spark, tmp_path / "one"), half, clustering())
    stage = ScratchStage(spark, tmp_path / "other")
    stage.fitted["sentence_centroids"] = centroids
    whole = frame_of(spark, stored)
    placed = cluster_rows(stage, whole, ROWS, clustering(), lambda _ids: whole, lambda rows: rows)
    assert stage.made == ["sentence_clusters"]
    before = ordered(
        spark.read.parquet(str(tmp_path / "one" / "sentence_clusters")), "sentence_id", "cluster_id"
    )
    assert ordered(placed, "sentence_id", "cluster_id")[: ROWS // 2] == before


@pytest.mark.parametrize("rows", [1, 5])
def test_fewer_rows_than_a_cluster_make_one(spark, tmp_path, stored, rows):
    placed, centroids = clustered(
        ScratchStage(spark, tmp_path), frame_of(spark, stored[:rows]), clustering()
    )
    assert ordered(centroids, "cluster_id", "group_id", "size") == [(0, 0, rows)]
    assert placed.count() == rows


def test_no_rows_stop_at_the_gate(spark, tmp_path, stored):
    with pytest.raises(GateError, match="no row is left to cluster"):
        clustered(ScratchStage(spark, tmp_path), frame_of(spark, stored[:0]), clustering())


def test_equal_rows_make_one_cluster(spark, tmp_path, stored):
    equal = np.repeat(stored[:1], 300, axis=0)
    _, centroids = clustered(
        ScratchStage(spark, tmp_path), frame_of(spark, equal), clustering(rows_per_centroid=2)
    )
    sizes = [size for _, size in ordered(centroids, "cluster_id", "size")]
    assert sum(sizes) == 300
    assert max(sizes) == 300
