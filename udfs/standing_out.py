"""Tags -> how far the few images nearest to each stand out from all: of what is seen, some do."""

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa

from realsyn_lib.embeddings import Vectors
from realsyn_lib.errors import ShapeError
from realsyn_lib.models.fixed_shapes import fixed_rows
from udfs.gather import gathered
from udfs.worker_models import ModelUse, worker_model

NEAREST = 4  # images a tag must suit
_ROWS_AT_ONCE = 2048
_ROWS_PER_PRODUCT = 32


def score_tags(
    encoder: ModelUse, images: Vectors
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return a ``mapInArrow`` function that appends ``standing_out`` (double) to rows with ``tag``.

    ``images``: (m, width) float32, embeddings of a sample, in a fixed order; m * width * 4 bytes in
    each worker. Rounded to four decimals, so that equal tags tie.
    """

    def score(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        from udfs.models.load_encoder import load_encoder

        for batch in gathered(batches, _ROWS_AT_ONCE):
            model = worker_model(encoder, load_encoder)
            vectors = model.embed_texts(batch["tag"].to_pylist())
            yield batch.append_column("standing_out", pa.array(standing_out(vectors, images)))

    return score


def standing_out(texts: Vectors, images: Vectors) -> np.ndarray:
    """Return for each text the mean cosine of its ``NEAREST`` images less that of all, (n,) float64.

    Raises:
        ShapeError: the widths differ.
    """
    if texts.shape[1] != images.shape[1]:
        raise ShapeError(
            f"tags have vectors of width {texts.shape[1]}, images of {images.shape[1]}; name the "
            "encoder that embedded the images in models.encoder"
        )
    found = np.empty(len(texts), dtype=np.float64)
    nearest = min(NEAREST, len(images))
    for place, block in fixed_rows(texts, _ROWS_PER_PRODUCT):
        cosines = np.sort(block @ images.T, axis=1).astype(np.float64)
        gap = cosines[:, len(images) - nearest :].mean(axis=1) - cosines.mean(axis=1)
        found[place] = gap[: place.stop - place.start]
    return np.round(found, 4)
