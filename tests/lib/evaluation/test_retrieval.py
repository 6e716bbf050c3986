import numpy as np
import pytest

from realsyn_lib.embeddings import unit_rows
from realsyn_lib.errors import ShapeError
from realsyn_lib.evaluation import retrieval
from realsyn_lib.evaluation.retrieval import retrieval_recalls

EAST, NORTH, BETWEEN = [1.0, 0.0], [0.0, 1.0], [0.8, 0.6]


def vectors(*rows):
    return np.array(rows, dtype=np.float32)


def test_recall_by_hand():
    """Texts 0 and 1 are of the east image, text 2, between them, of the north one.

    Text 2 is nearer to east (0.8) than to north (0.6): missed at 1, found at 2. The north image's
    nearest text is text 1, which is of the east image; its own comes second.
    """
    found = retrieval_recalls(
        vectors(EAST, NORTH), vectors(EAST, NORTH, BETWEEN), np.array([0, 0, 1]), (1, 2)
    )
    assert found["image_retrieval_recall@1"] == pytest.approx(1 / 3)  # text 1 is nearest to north
    assert found["image_retrieval_recall@2"] == 1.0
    assert found["text_retrieval_recall@1"] == 0.5
    assert found["text_retrieval_recall@2"] == 1.0


def test_an_image_without_a_text_asks_nothing_but_can_be_found():
    found = retrieval_recalls(vectors(EAST, BETWEEN), vectors(BETWEEN), np.array([0]), (1, 2))
    assert found["text_retrieval_recall@1"] == 1.0  # of the one image that has a text
    assert (found["image_retrieval_recall@1"], found["image_retrieval_recall@2"]) == (0.0, 1.0)


def test_of_equal_cosines_the_smaller_row_comes_first():
    found = retrieval_recalls(vectors(EAST, EAST), vectors(EAST, EAST), np.array([0, 1]), (1,))
    assert found == {"image_retrieval_recall@1": 0.5, "text_retrieval_recall@1": 0.5}


def test_it_is_what_a_loop_over_all_pairs_finds_in_blocks_of_any_size(monkeypatch):
    chance = np.random.default_rng(3)
    images, texts = (unit_rows(chance.normal(size=(n, 8))) for n in (40, 90))
    owners = np.concatenate([np.arange(40), chance.integers(0, 40, 50)])
    whole = retrieval_recalls(images, texts, owners, (1, 5, 10))
    monkeypatch.setattr(retrieval, "_ROWS_AT_ONCE", 7)
    assert retrieval_recalls(images, texts, owners, (1, 5, 10)) == whole
    for k in (1, 5, 10):
        of_texts = [owners[n] in np.argsort(-(images @ texts[n]))[:k] for n in range(90)]
        of_images = [n in owners[np.argsort(-(texts @ images[n]))[:k]] for n in range(40)]
        assert whole[f"image_retrieval_recall@{k}"] == pytest.approx(np.mean(of_texts))
        assert whole[f"text_retrieval_recall@{k}"] == pytest.approx(np.mean(of_images))


def test_texts_and_partners_must_be_as_many():
    with pytest.raises(ShapeError, match="1 partners"):
        retrieval_recalls(vectors(EAST), vectors(EAST, NORTH), np.array([0]), (1,))
