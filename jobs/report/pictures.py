"""Thumbnails of some images: bytes are read and drawn by tasks."""

import base64
from collections.abc import Collection

from pyspark.sql.functions import col

from jobs.published import Published
from jobs.report.buckets import bucket_count
from realsyn_lib.report.content import Picture
from realsyn_lib.tables import IMAGE_BYTES
from udfs.guarded_decode import ChildLimits
from udfs.thumbnails import THUMBNAILS_DDL, thumbnails

MAX_SIDE_PX = 160
_CHILD_MEMORY_BYTES = 2 * 2**30


def pictures_of(published: Published, image_ids: Collection[int]) -> dict[int, Picture]:
    """Return a picture for each id that has bytes; only thumbnails reach the driver.

    Buckets that hold none of them are not read.
    """
    if not image_ids or not published.has(IMAGE_BYTES):
        return {}
    images, batch = published.config.images, published.config.batch
    limits = ChildLimits(images.decode_timeout_s, _CHILD_MEMORY_BYTES, batch.max_bytes)
    buckets = sorted({image_id % bucket_count(published) for image_id in image_ids})
    files = published.read(IMAGE_BYTES).where(col("bucket").isin(buckets))
    wanted = files.where(col("image_id").isin(sorted(image_ids)) & col("bytes").isNotNull())
    # The few bytes go to few tasks: else each task that reads a file starts a Python worker for none.
    wanted = wanted.select("image_id", "bytes").repartition("image_id")
    drawn = wanted.mapInArrow(thumbnails(MAX_SIDE_PX, images.max_pixels, limits), THUMBNAILS_DDL)
    return {row["image_id"]: _picture(row["thumbnail"], row["reason"]) for row in drawn.collect()}


def _picture(thumbnail: bytes | None, reason: str | None) -> Picture:
    if thumbnail is None:
        return Picture(None, reason)
    return Picture(f"data:image/jpeg;base64,{base64.b64encode(thumbnail).decode()}")
