import numpy as np
import pyarrow as pa
import pytest

from realsyn_lib.embeddings import binary_of
from udfs.embed_texts import embed_texts
from udfs.sound_vectors import sound_vectors
from udfs.worker_models import ModelUse


def test_rows_without_a_unit_vector_are_left_out():
    rows = np.array([[0.6, 0.8], [np.nan, 1], [np.inf, 0], [0, 0], [6e4, 0], [0.9, 0], [0, 1]])
    batch = pa.record_batch({"id": np.arange(7), "embedding": binary_of(rows)})
    (found,) = sound_vectors(iter([batch]))
    assert found["id"].to_pylist() == [0, 6]


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0, 3e38])
def test_a_model_that_gives_no_unit_vector_costs_the_row(monkeypatch, value):
    class Broken:
        def embed_texts(self, texts):
            return np.array([[1.0, 0.0], [value, value]], dtype=np.float32)

    monkeypatch.setattr("udfs.embed_texts.worker_model", lambda *_: Broken())
    batch = pa.record_batch({"id": [1, 2], "text": ["a", "b"]})
    (found,) = embed_texts(ModelUse("any"), "id")(iter([batch]))
    assert found["drop_reason"].to_pylist() == [None, "bad_vector"]
    assert found["embedding"].is_null().to_pylist() == [False, True]
