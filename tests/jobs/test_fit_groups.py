"""Groups of a first level that a task can hold, however unevenly the rows lie."""

import numpy as np
import pytest

import jobs.fit_groups
from jobs.centroids import fit_levels
from jobs.fit_groups import in_groups
from jobs.fit_sample import FitSettings
from realsyn_lib.embeddings import unit_rows
from tests.frames import rows_of
from tests.jobs.scratch_stage import ScratchStage

pytestmark = [pytest.mark.wide, pytest.mark.spark]

ROWS, WIDTH, MOST = 4000, 8, 300
SETTINGS = FitSettings(64, 6, 1, 3, seed=1)


@pytest.fixture
def small_tasks(monkeypatch):
    monkeypatch.setattr(jobs.fit_groups, "GROUP_BYTES", MOST * 8 * WIDTH // 3)


@pytest.fixture(scope="module")
def rows():
    """Half lie anywhere, 30 % in a narrow ball, 20 % are one vector."""
    generator = np.random.default_rng(1)
    vectors = generator.normal(size=(ROWS, WIDTH))
    ball = generator.normal(size=WIDTH)
    vectors[2000:3200] = ball + 0.1 * generator.normal(size=(1200, WIDTH))
    vectors[3200:] = generator.normal(size=WIDTH)
    return [(n, v.tobytes()) for n, v in enumerate(unit_rows(vectors).astype(np.float16))]


def frame_of(spark, rows, partitions):
    return spark.createDataFrame(rows, "id bigint, embedding binary").repartition(partitions)


def test_no_group_is_much_more_than_a_task_holds(spark, tmp_path, rows, small_tasks):
    found = []
    for partitions in (1, 7):
        stage = ScratchStage(spark, tmp_path / str(partitions))
        sample, grouped = in_groups(
            stage, frame_of(spark, rows, partitions), ROWS, 10, WIDTH, SETTINGS
        )
        found.append(rows_of(grouped, "id", "group"))
        assert rows_of(sample, "id") == [(n,) for n, _ in found[-1]]
    assert found[0] == found[1]
    ids, groups = np.array(found[0]).T
    assert np.bincount(groups).max() < 1.5 * MOST  # of 1,200 and 800; counts are estimates
    assert len(set(range(3200)) - set(ids.tolist())) < 20  # what can be cut is whole
    equal = groups[ids >= 3200]
    assert 0.5 * MOST < len(equal) < 1.5 * MOST  # equal vectors cannot be cut: so many are enough
    assert len(set(groups[(ids >= 2000) & (ids < 3200)])) >= 4


def test_even_rows_stay_as_they_are(spark, tmp_path, rows, small_tasks):
    even = frame_of(spark, rows[:2000], 2)
    stage = ScratchStage(spark, tmp_path)
    _, grouped = in_groups(stage, even, 2000, 20, WIDTH, SETTINGS)
    groups = [group for _, group in rows_of(grouped, "id", "group")]
    assert len(groups) == 2000
    assert len(set(groups)) == 20
    assert stage.made == []


def test_centroids_are_fitted_on_uneven_rows(spark, tmp_path, rows, small_tasks):
    stage = ScratchStage(spark, tmp_path)
    cells = fit_levels(stage, frame_of(spark, rows, 2), ROWS, 200, SETTINGS).orderBy("cluster_id")
    found = np.stack([np.frombuffer(row.centroid, np.float32) for row in cells.collect()])
    vectors = np.stack([np.frombuffer(v, np.float16) for _, v in rows]).astype(float)
    nearest = (vectors @ found.T.astype(float)).max(axis=1)
    assert 120 < len(found) <= 210
    assert nearest[3200:].min() > 0.999  # one vector has its own cell
    assert nearest[2000:3200].mean() > 0.95
    assert nearest[:2000].mean() > 0.8
