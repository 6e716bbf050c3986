"""Thumbnails: small, written anew, and a reason where there is no picture."""

import io

import numpy as np
import pyarrow as pa
from PIL import Image

from tests.encoded_picture import encoded
from udfs.guarded_decode import ChildLimits
from udfs.thumbnails import thumbnails

LIMITS = ChildLimits(10.0, 2 * 2**30, 2**26)


def png_of(width, height, color):
    return encoded(Image.new("RGB", (width, height), color), "PNG")


def drawn(*files):
    ids = pa.array(range(len(files)), pa.int64())
    batch = pa.RecordBatch.from_pydict({"image_id": ids, "bytes": pa.array(files, pa.binary())})
    return pa.Table.from_batches(thumbnails(160, 64_000_000, LIMITS)(iter([batch]))).to_pylist()


def test_the_longer_side_is_scaled_and_the_ratio_and_colour_stay():
    row = drawn(png_of(640, 320, (200, 30, 30)))[0]
    picture = Image.open(io.BytesIO(row["thumbnail"]))
    assert (picture.format, picture.size, row["reason"]) == ("JPEG", (160, 80), None)
    assert np.abs(np.array(picture)[40, 80].astype(int) - [200, 30, 30]).max() <= 4


def test_a_small_picture_is_not_enlarged():
    row = drawn(png_of(20, 30, (0, 0, 0)))[0]
    assert Image.open(io.BytesIO(row["thumbnail"])).size == (20, 30)


def test_what_is_no_picture_has_a_reason_and_the_others_are_drawn():
    rows = drawn(b"<html>not found</html>", png_of(40, 40, (9, 9, 9)))
    assert [row["reason"] for row in rows] == ["not_an_image", None]
    assert rows[0]["thumbnail"] is None
    assert rows[1]["thumbnail"].startswith(b"\xff\xd8")
