"""Image bytes -> embedding and feature, by the encoder named in models.encoder."""

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa

from realsyn_lib.embeddings import MAX_NORM_ERROR, bad_rows, binary_of
from realsyn_lib.tables import IMAGE_EMBEDDINGS
from udfs.guarded_decode import ChildLimits
from udfs.model_pixels import model_pixels
from udfs.worker_models import ModelUse, worker_model

COLUMNS = ("image_id", "embedding", "feature", "drop_reason")
Batches = Iterator[pa.RecordBatch]


def embed_images(
    encoder: ModelUse, max_pixels: int, limits: ChildLimits, rows: int
) -> Callable[[Batches], Batches]:
    """Return a ``mapInArrow`` function: (image_id bigint, bytes binary) -> ``COLUMNS``.

    ``rows`` images are decoded and embedded at a time: memory is their pixels and the model.
    """

    def embed(batches: Batches) -> Batches:
        from udfs.models.load_encoder import load_encoder

        model = worker_model(encoder, load_encoder)
        for batch in batches:
            for start in range(0, batch.num_rows, rows):
                part = batch.slice(start, rows)
                pixels, reasons = model_pixels(
                    part["bytes"].to_pylist(), model.image_size, max_pixels, limits
                )
                vectors = model.image_features(pixels)
                yield _rows(part["image_id"], vectors.embedding, vectors.feature, reasons)

    return embed


def _rows(
    ids: pa.Array, embedding: np.ndarray, feature: np.ndarray | None, reasons: list[str | None]
) -> pa.RecordBatch:
    bad = bad_rows(embedding, MAX_NORM_ERROR)
    if feature is not None:
        bad |= bad_rows(feature, MAX_NORM_ERROR)
    words = [reason or ("bad_vector" if wrong else None) for reason, wrong in zip(reasons, bad)]
    absent = pa.array([word is not None for word in words])
    schema = IMAGE_EMBEDDINGS.arrow_schema(*COLUMNS)
    columns = [
        ids,
        _masked(embedding, absent),
        _masked(feature, absent) if feature is not None else pa.nulls(len(ids), pa.binary()),
        pa.array(words, pa.string()),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _masked(vectors: np.ndarray, absent: pa.Array) -> pa.Array:
    """Null where there is no vector; NaN never reaches a table."""
    import pyarrow.compute as pc

    sound = np.where(absent.to_numpy(zero_copy_only=False)[:, None], 0.0, vectors)
    return pc.if_else(absent, pa.scalar(None, pa.binary()), binary_of(sound))
