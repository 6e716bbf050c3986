"""Semantic near pairs through Spark: in one task, in cells, with skew, with bad vectors."""

import numpy as np
import pytest

from jobs.dedup.semantic_pairs import semantic_edges
from realsyn_lib.dedup.components import connected_components
from realsyn_lib.embeddings import unit_rows
from tests.jobs.scratch_memory import ScratchMemory
from tests.jobs.scratch_stage import ScratchStage

pytestmark = [pytest.mark.wide, pytest.mark.spark]

ROWS = "id bigint, embedding binary"


class Scratch(ScratchStage):
    """A stage whose cells hold so many rows."""

    def __init__(self, spark, folder, rows_per_cluster, *more):
        own = f"dedup_sentences.rows_per_cluster={rows_per_cluster}"
        super().__init__(spark, folder, settings=[own, *more])

    def edges(self, vectors):
        memory = ScratchMemory(self.spark, self.folder / "memory")
        found = semantic_edges(self, vectors, self.conf.dedup_sentences, memory).toArrow()
        return found["src"].to_numpy(), found["dst"].to_numpy()


def table(spark, vectors, ids=None, partitions=2):
    stored = vectors.astype(np.float16)
    ids = np.arange(len(stored)) if ids is None else ids
    rows = [(int(number), row.tobytes()) for number, row in zip(ids, stored)]
    return spark.createDataFrame(rows, ROWS).repartition(partitions)


def made(count=600, width=12, seed=1):
    """Vectors of which one in four has a partner near the distance 0.1, both sides of it."""
    generator = np.random.default_rng(seed)
    rows = unit_rows(generator.normal(size=(count, width)))
    aside = unit_rows(generator.normal(size=(count // 4, width)))
    return np.vstack([rows, unit_rows(rows[: count // 4] + 0.45 * aside)])


def partition_of(src, dst):
    found = connected_components(src, dst)
    return dict(zip(found.ids.tolist(), found.component_ids.tolist()))


def exact(vectors):
    wide = vectors.astype(np.float16).astype(np.float64)
    return np.nonzero(np.triu(wide @ wide.T >= 0.9, 1))


def test_cells_find_what_one_task_finds_and_say_how_much_of_it(spark, tmp_path):
    vectors = made()
    left, right = exact(vectors)
    found = []
    for partitions, more in ((2, ()), (5, ("batch.cell_bytes=48000",))):
        settings = ("dedup_sentences.border=1", "dedup_sentences.max_probes=50", *more)
        stage = Scratch(spark, tmp_path / str(partitions), 40, *settings)
        found.append(partition_of(*stage.edges(table(spark, vectors, partitions=partitions))))
        assert stage.metrics["pair_recall"] == 1.0
        assert 50 < stage.metrics["pair_recall_pairs"] < 2 * len(left)
        assert 15 <= stage.metrics["cells"] <= 20
    assert found[0] == found[1] == partition_of(left, right)


def test_recall_is_measured_where_pairs_are_missed(spark, tmp_path):
    vectors = made()
    left, right = exact(vectors)
    stage = Scratch(spark, tmp_path, 40, "dedup_sentences.max_probes=1", "checks.recall_rows=4000")
    found = partition_of(*stage.edges(table(spark, vectors)))
    joined = np.mean([found.get(a, a) == found.get(b, -1) for a, b in zip(left, right)])
    assert stage.metrics["pair_recall_pairs"] == 2 * len(left)
    assert 0.2 < stage.metrics["pair_recall"] < 0.9
    assert stage.metrics["pair_recall"] == pytest.approx(joined, abs=0.05)


def test_all_rows_equal_are_one_star(spark, tmp_path):
    vectors = np.repeat(made(4), 100, axis=0)[:300]
    vectors[:] = vectors[0]
    stage = Scratch(spark, tmp_path, 50)
    src, dst = stage.edges(table(spark, vectors, ids=np.arange(300) + 7))
    assert sorted(src.tolist()) == list(range(8, 307))
    assert set(dst.tolist()) == {7}


@pytest.mark.parametrize("rows_per_cluster", [1000, 8])
def test_bad_vectors_join_nothing(spark, tmp_path, rows_per_cluster):
    good = np.repeat(np.eye(16), 2, axis=0)
    bad = np.vstack([np.full((3, 16), value) for value in (np.nan, np.inf, 0.0, 6e4)])
    vectors = np.vstack([good, bad])
    stage = Scratch(spark, tmp_path, rows_per_cluster)
    src, dst = stage.edges(table(spark, vectors))
    assert sorted(zip(src.tolist(), dst.tolist())) == [(2 * n + 1, 2 * n) for n in range(16)]


def test_nothing_but_bad_vectors_makes_no_edge(spark, tmp_path):
    stage = Scratch(spark, tmp_path, 2)
    assert len(stage.edges(table(spark, np.full((5, 8), np.nan)))[0]) == 0


def test_as_many_cells_as_rows_still_find_a_pair(spark, tmp_path):
    stage = Scratch(spark, tmp_path, 1, "dedup_sentences.border=1")
    vectors = np.array([[1, 0, 0], [0.98, 0.2, 0], [0, 1, 0], [0, 0, 1]])
    src, dst = stage.edges(table(spark, unit_rows(vectors)))
    assert set(zip(src.tolist(), dst.tolist())) == {(1, 0)}
