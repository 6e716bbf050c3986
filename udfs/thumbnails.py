"""Small JPEGs of images, for people who look: decoded in the guarded child, written anew."""

import io
from collections.abc import Callable, Iterator

import pyarrow as pa
from PIL import Image

from udfs.guarded_decode import ChildLimits, Reply, resident_decoder

THUMBNAILS_DDL = "image_id bigint, thumbnail binary, reason string"
_SCHEMA = pa.schema([("image_id", pa.int64()), ("thumbnail", pa.binary()), ("reason", pa.string())])
_QUALITY = 72


def thumbnails(
    max_side_px: int, max_pixels: int, limits: ChildLimits
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return a ``mapInArrow`` function -> ``THUMBNAILS_DDL``.

    Expects ``image_id`` and ``bytes`` (binary, not null). Where an image cannot be decoded the
    thumbnail is null and ``reason`` a word of ``realsyn_lib.reasons``.
    """

    def draw(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        arguments = {"max_side": max_side_px, "max_pixels": max_pixels}
        decoder = resident_decoder("thumbnail", arguments, limits)
        for batch in batches:
            replies = decoder.run(batch["bytes"].to_pylist())
            columns = {
                "image_id": batch["image_id"],
                "thumbnail": pa.array([jpeg_of(reply) for reply in replies], pa.binary()),
                "reason": pa.array([reply.values["reason"] for reply in replies], pa.string()),
            }
            yield pa.RecordBatch.from_pydict(columns, schema=_SCHEMA)

    return draw


def jpeg_of(reply: Reply) -> bytes | None:
    """Return the pixels of a reply as a JPEG; None where there are none."""
    if reply.pixels is None:
        return None
    target = io.BytesIO()
    Image.fromarray(reply.pixels).save(target, "JPEG", quality=_QUALITY)
    return target.getvalue()
