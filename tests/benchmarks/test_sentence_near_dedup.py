"""sentence_near_dedup.py: its data hold what is said of them, its quality is counted right, ours finds it."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sentence_near_dedup import made_sentences, ours, qualities

pytestmark = pytest.mark.spark


def test_made_sentences_are_always_the_same_and_three_in_ten_are_copies():
    made = made_sentences(1000)
    assert made.equals(made_sentences(1000))
    groups = np.unique(made["truth_group"].to_numpy(), return_counts=True)[1]
    assert sorted(set(groups.tolist())) == [1, 2]
    assert (groups == 2).sum() == 300
    assert len(set(made["id"].to_pylist())) == 1000
    assert np.mean([len(text.split()) for text in made["text"].to_pylist()]) == pytest.approx(
        17, abs=0.5
    )


def test_quality_is_recall_less_false_merges():
    table = pa.table(
        {
            "text": ["A b.", "a b", "a b c", "d e", "d f", "g"],
            "truth_group": [1, 1, 1, 2, 2, 3],
        }
    )
    assert qualities(table, np.array([0, 0, 0, 1, 1, 2])) == {
        "exact_recall": 1.0, "near_recall": 1.0, "false_merges": 0.0, "quality": 1.0,
    }  # fmt: skip
    # the exact pair is parted, its near copy joins one half; one of d, e is lost, g is merged with it
    found = qualities(table, np.array([0, 9, 0, 1, 2, 2]))
    assert found == {
        "exact_recall": 0.0,
        "near_recall": pytest.approx(1 / 3),
        "false_merges": pytest.approx(1 / 6),
        "quality": pytest.approx(2 / 5 - 1 / 6),
    }


def test_ours_joins_the_planted_copies(spark, tmp_path):
    place = tmp_path / "sentences.parquet"
    table = made_sentences(2000)
    pq.write_table(table, place)
    found = qualities(table, ours(str(place), 2, str(tmp_path))[1])
    assert found["exact_recall"] == 1.0
    assert found["near_recall"] >= 0.96
    assert found["false_merges"] <= 0.001
