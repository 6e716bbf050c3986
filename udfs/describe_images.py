"""Image bytes -> caption and tags, by models.captioner and models.tagger."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from realsyn_lib.failpoints import reach
from realsyn_lib.tables import IMAGE_DESCRIPTIONS
from udfs.guarded_decode import ChildLimits
from udfs.model_pixels import classifier_input, decoded_pixels, model_pixels
from udfs.worker_models import ModelUse, worker_model

COLUMNS = ("image_id", "caption", "tags", "tag_scores", "drop_reason")
Batches = Iterator[pa.RecordBatch]


@dataclass(frozen=True)
class DescribeRules:
    """How many tags of what certainty, and how images are decoded and batched."""

    max_tags: int
    min_tag_score: float
    max_pixels: int
    rows: int


def describe_images(
    captioner: ModelUse, tagger: ModelUse, rules: DescribeRules, limits: ChildLimits
) -> Callable[[Batches], Batches]:
    """Return a ``mapInArrow`` function: (image_id bigint, bytes binary) -> ``COLUMNS``.

    ``rules.rows`` images are held at a time; both models stay loaded in the worker. A picture that
    could not be decoded has its reason instead of words.
    """

    def describe(batches: Batches) -> Batches:
        from udfs.models.captioner import load_captioner
        from udfs.models.tagger import load_tagger

        tags_of, caption_of = (
            worker_model(tagger, load_tagger),
            worker_model(captioner, load_captioner),
        )
        for batch in batches:
            for start in range(0, batch.num_rows, rules.rows):
                reach("describe_images.batch")
                part = batch.slice(start, rules.rows)
                files = part["bytes"].to_pylist()
                pixels, reasons = decoded_pixels(
                    files, tags_of.image_input, rules.max_pixels, limits
                )
                tags = tags_of.tag(pixels, rules.max_tags, rules.min_tag_score)
                side = caption_of.image_size
                seen = (
                    pixels
                    if side is None or classifier_input(side) == tags_of.image_input
                    else _at(side, files, rules, limits)
                )
                captions = caption_of.caption(seen, tags)
                yield _rows(part["image_id"], captions, tags, reasons)

    return describe


def _at(side: int, files: list[bytes], rules: DescribeRules, limits: ChildLimits) -> np.ndarray:
    """Decode once more where the captioner takes other pixels than the tagger."""
    return model_pixels(files, side, rules.max_pixels, limits)[0]


def _rows(
    ids: pa.Array, captions: list[str], tags: list[list[tuple[str, float]]],
    reasons: list[str | None],
) -> pa.RecordBatch:  # fmt: skip
    schema = IMAGE_DESCRIPTIONS.arrow_schema(*COLUMNS)
    gone = np.array([reason is not None for reason in reasons])
    names = [[tag for tag, _ in row] for row in tags]
    scores = [[score for _, score in row] for row in tags]
    columns = [
        ids,
        pa.array(captions, pa.string(), mask=gone),
        pa.array(names, schema.field("tags").type, mask=gone),
        pa.array(scores, schema.field("tag_scores").type, mask=gone),
        pa.array(reasons, pa.string()),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)
