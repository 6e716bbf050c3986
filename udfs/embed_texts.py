"""Texts -> embeddings, by the text tower of the encoder named in models.encoder."""

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from realsyn_lib.embeddings import MAX_NORM_ERROR, bad_rows, binary_of
from realsyn_lib.failpoints import reach
from udfs.gather import gathered
from udfs.worker_models import ModelUse, worker_model

Batches = Iterator[pa.RecordBatch]
_ROWS_AT_ONCE = 4096  # texts sorted by length together


def embed_texts(encoder: ModelUse, key: str) -> Callable[[Batches], Batches]:
    """Return a ``mapInArrow`` function: (key bigint, text) -> (key, embedding, drop_reason).

    ``embedding`` is binary, float16 little-endian, unit norm; null with drop_reason bad_vector
    where the model gave no usable vector.
    """

    def embed(batches: Batches) -> Batches:
        from udfs.models.load_encoder import load_encoder

        model = worker_model(encoder, load_encoder)
        for batch in gathered(batches, _ROWS_AT_ONCE):
            reach("embed_texts.batch")
            vectors = model.embed_texts(batch["text"].to_pylist())
            wrong = bad_rows(vectors, MAX_NORM_ERROR)
            bad, stored = pa.array(wrong), binary_of(np.where(wrong[:, None], 0.0, vectors))
            yield pa.RecordBatch.from_arrays(
                [
                    batch[key],
                    pc.if_else(bad, pa.scalar(None, pa.binary()), stored),
                    pc.if_else(bad, "bad_vector", pa.scalar(None, pa.string())),
                ],
                names=[key, "embedding", "drop_reason"],
            )

    return embed
