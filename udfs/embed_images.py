"""Image bytes -> embedding and feature, by the encoder named in models.encoder."""

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa

from realsyn_lib.embeddings import MAX_NORM_ERROR, bad_rows, binary_of
from realsyn_lib.failpoints import reach
from realsyn_lib.tables import IMAGE_EMBEDDINGS
from udfs.binary_views import binary_views
from udfs.guarded_decode import ChildLimits
from udfs.model_pixels import decoded_pixels
from udfs.parts import parts_of
from udfs.work_ahead import worked_ahead
from udfs.worker_models import ModelUse, worker_model

COLUMNS = ("image_id", "embedding", "feature", "drop_reason")
Batches = Iterator[pa.RecordBatch]


def embed_images(
    encoder: ModelUse, max_pixels: int, limits: ChildLimits, rows: int, decoders: int = 1
) -> Callable[[Batches], Batches]:
    """Return a ``mapInArrow`` function: (image_id bigint, bytes binary) -> ``COLUMNS``.

    Images are handed to the model ``rows`` at a time, or as many as one of its calls takes. While
    it computes, ``decoders`` children decode the next ones, each so many: memory is the model,
    and files and pixels of ``decoders`` + 1 parts.
    """

    def embed(batches: Batches) -> Batches:
        from udfs.models.load_encoder import load_encoder

        model = worker_model(encoder, load_encoder)

        def decode(part: pa.RecordBatch, lane: int) -> tuple[np.ndarray, list[str | None]]:
            files = binary_views(part["bytes"])
            return decoded_pixels(files, model.image_input, max_pixels, limits, lane)

        at_once = max(rows, model.rows_per_call)
        parts = parts_of(batches, at_once, limits.max_request_bytes)
        for part, (pixels, reasons) in worked_ahead(parts, decode, decoders):
            reach("embed_images.batch")
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
