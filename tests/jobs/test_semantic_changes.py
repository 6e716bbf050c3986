"""Semantic near pairs run after run: what is found by what is new equals what all rows give."""

import numpy as np
import pytest

from jobs.dedup.semantic_pairs import semantic_edges
from realsyn_lib.dedup.components import connected_components
from realsyn_lib.embeddings import unit_rows
from realsyn_lib.errors import ContractError
from tests.jobs.scratch_memory import ScratchMemory
from tests.jobs.scratch_stage import ScratchStage

pytestmark = [pytest.mark.wide, pytest.mark.spark]

ROWS = "id bigint, embedding binary"


class Runs:
    """Runs of a stage over changing rows (id -> vector), each with the metrics of the one before."""

    def __init__(self, spark, folder, rows_per_cluster=25, *settings):
        self.spark, self.folder, self.number = spark, folder, 0
        self.settings = [f"dedup_sentences.rows_per_cluster={rows_per_cluster}", *settings]
        self.metrics, self.memory = None, None

    def run(self, rows, partitions=2, anew=False, refit=(), publish=True):
        """Return the components by id; ``anew``: without the past, but with its frozen cells."""
        self.number += 1
        stage = ScratchStage(
            self.spark, self.folder, settings=self.settings, past=self.metrics, refit=refit
        )
        past = None if anew or refit else self.memory
        memory = ScratchMemory(self.spark, self.folder / f"memory-{self.number}", past)
        stored = [(int(id_), row.astype(np.float16).tobytes()) for id_, row in rows.items()]
        frame = self.spark.createDataFrame(stored, ROWS).repartition(partitions)
        found = semantic_edges(stage, frame, stage.conf.dedup_sentences, memory).toArrow()
        if publish:
            self.metrics, self.memory = stage.metrics, memory
        self.last, self.kept = stage.metrics, memory
        labels = connected_components(found["src"].to_numpy(), found["dst"].to_numpy())
        return dict(zip(labels.ids.tolist(), labels.component_ids.tolist()))

    def agree(self, rows, partitions=2):
        """Run with the past and without it; both must say the same. Return the components."""
        anew = self.run(rows, anew=True, publish=False)
        found = self.run(rows, partitions)
        assert "semantic_rows_asked" in self.last, "all rows were compared anew"
        assert found == anew
        return found


def scattered(generator, count, width=10):
    """Rows of which about half have another near the distance 0.1, both sides of it."""
    rows = unit_rows(generator.normal(size=(count, width)))
    near = generator.integers(0, count, count // 2)
    aside = unit_rows(generator.normal(size=(len(near), width)))
    rows[generator.permutation(count)[: len(near)]] = unit_rows(rows[near] + 0.4 * aside)
    return rows


def named(rows, generator):
    ids = generator.choice(10**6, len(rows), replace=False)
    return dict(zip(ids.tolist(), rows))


def plane(*degrees):
    """Unit vectors in a plane that others, in eight more directions, are far from."""
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles), *np.zeros((8, len(angles)))], axis=1)


def far_rows(count, seed=3):
    """Rows far from the plane, with ids from 1000 on."""
    rows = np.random.default_rng(seed).normal(size=(count, 10)) * ([0.01] * 2 + [1] * 8)
    return dict(enumerate(unit_rows(rows), 1000))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4))
def test_run_after_run_gives_the_components_of_one_run_over_everything(spark, tmp_path, seed):
    generator = np.random.default_rng(seed)
    # Few probes and a narrow border: cells miss pairs, and each run must miss the same ones.
    narrow = ("dedup_sentences.border=0.2", "dedup_sentences.max_probes=2")
    tight = ("batch.cell_bytes=2000", "batch.component_ids=150")
    runs = Runs(spark, tmp_path, 25, *narrow[: 2 * (seed % 2)], *tight[: seed // 2 * 2])
    rows = named(scattered(generator, 400), generator)
    runs.run(rows)
    for partitions in (1, 2, 7):
        for id_ in generator.choice(list(rows), 6, replace=False).tolist():
            del rows[id_]
        old = np.stack(list(rows.values()))
        near = unit_rows(old[:10] + 0.25 * unit_rows(generator.normal(size=(10, 10))))
        equal = np.vstack([old[-3:], near[:2], near[:2]])
        bad = np.full((2, 10), [[np.nan], [0.0]])
        fresh = np.vstack([near, equal, bad, scattered(generator, 10)])
        ids = generator.choice(10**6, len(fresh), replace=False) + partitions * 10**6
        rows |= dict(zip(ids.tolist(), fresh))
        found = runs.agree(rows, partitions)
        assert 100 < len(found) < len(rows)
        assert not set(ids[17:19].tolist()) & set(found)
        assert runs.last["semantic_rows_added"] == len(fresh)


def test_a_bridge_that_is_removed_parts_its_component(spark, tmp_path):
    runs = Runs(spark, tmp_path)
    chain = dict(enumerate(plane(0, 20, 40, 60), 1))
    rows = chain | far_rows(96)
    found = runs.run(rows)
    assert [found[id_] for id_ in chain] == [1, 1, 1, 1]
    del rows[2]
    found = runs.agree(rows)
    assert (found.get(1), found[3], found[4]) == (None, 3, 3)
    assert (runs.last["semantic_rows_removed"], runs.last["semantic_rows_asked"]) == (1, 3)


def test_an_added_row_joins_two_components(spark, tmp_path):
    runs = Runs(spark, tmp_path)
    rows = dict(enumerate(plane(0, 20, 60, 80), 1)) | far_rows(96)
    found = runs.run(rows)
    assert [found[id_] for id_ in (1, 2, 3, 4)] == [1, 1, 3, 3]
    rows[9] = plane(40)[0]
    found = runs.agree(rows)
    assert [found[id_] for id_ in (1, 2, 3, 4, 9)] == [1] * 5
    assert runs.last["semantic_rows_asked"] == 1


def test_a_row_equal_to_an_old_one_joins_it_even_at_distance_zero(spark, tmp_path):
    runs = Runs(spark, tmp_path, 25, "dedup_sentences.max_cosine_distance=0")
    rows = dict(enumerate(plane(10, 50), 1)) | far_rows(98)
    assert runs.run(rows) == {}
    rows |= {5: rows[2], 6: rows[2], 7: plane(30)[0], 8: plane(30)[0]}
    assert runs.agree(rows) == {2: 2, 5: 2, 6: 2, 7: 7, 8: 7}
    del rows[2]
    assert runs.agree(rows) == {5: 5, 6: 5, 7: 7, 8: 7}


def test_a_past_of_one_task_is_none_and_cells_are_fitted_when_they_are_needed(spark, tmp_path):
    runs = Runs(spark, tmp_path)
    rows = dict(enumerate(plane(0, 20), 1)) | far_rows(20)
    assert runs.run(rows)[2] == 1
    assert (runs.last, runs.kept.kept) == ({"cells": 1.0}, [])
    rows |= far_rows(97)
    found = runs.run(rows)
    assert found[2] == 1
    assert runs.last["cells"] == 4
    assert "pair_recall_pairs" in runs.last
    rows[3] = plane(25)[0]
    assert runs.agree(rows)[3] == 1


def test_rows_that_have_become_few_or_new_are_all_compared(spark, tmp_path):
    runs = Runs(spark, tmp_path)
    rows = dict(enumerate(plane(0, 20), 1)) | far_rows(96)
    runs.run(rows)
    few = dict.fromkeys(range(3, 70), rows[1]) | {1: rows[1], 2: rows[2]}
    assert set(runs.run(few, publish=False).values()) == {1}
    assert (runs.last["cells"], runs.kept.kept) == (1, [])
    many = rows | {2000 + id_: row for id_, row in far_rows(30, seed=4).items()}
    assert runs.run(many)[2] == 1
    assert "semantic_rows_asked" not in runs.last
    assert "pair_recall_pairs" in runs.last


def test_cells_stay_until_they_are_fitted_again_and_recall_says_when_it_was_measured(
    spark, tmp_path
):
    generator = np.random.default_rng(7)
    runs = Runs(spark, tmp_path)
    rows = named(scattered(generator, 200), generator)
    runs.run(rows)
    first = runs.last
    rows |= {10**7 + n: row for n, row in enumerate(scattered(generator, 30))}
    runs.run(rows)
    assert runs.last["sentence_cells"] == first["sentence_cells"]
    assert "pair_recall" not in runs.last
    assert runs.last["full_run_pair_recall"] == first["pair_recall"]
    assert runs.last["full_run_pair_recall_pairs"] == first["pair_recall_pairs"]
    assert runs.last["rows_per_cell"] == 230 / first["cells"]
    runs.run(rows, anew=True)
    assert runs.last["sentence_cells"] == first["sentence_cells"]
    assert runs.last["cells"] == 8
    runs.run(rows, refit=["sentence_cells"])
    assert runs.last["sentence_cells"] != first["sentence_cells"]
    assert runs.last["cells"] == 10  # 230 rows, at most 25 for each in the mean


def test_cells_whose_file_is_gone_name_what_to_do(spark, tmp_path):
    runs = Runs(spark, tmp_path)
    rows = far_rows(100)
    runs.run(rows)
    for kind in ("faiss", "arrow"):
        (file,) = (tmp_path / "indexes").glob(f"*.{kind}")
        file.unlink()
        with pytest.raises(ContractError, match=f"{kind}: not found.*--refit sentence_cells"):
            runs.run(rows | {1: plane(0)[0]})
