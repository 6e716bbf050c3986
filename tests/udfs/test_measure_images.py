"""Images are measured as the images table wants them: one row in, one row out."""

import imagehash
import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from realsyn_lib.images.decode import decode_grey
from realsyn_lib.images.header import read_header
from realsyn_lib.images.phash import phash
from realsyn_lib.images.rules import ImageRules
from realsyn_lib.reasons import DROPPED, QUARANTINED
from realsyn_lib.tables import IMAGES
from tests.encoded_picture import encoded
from udfs.guarded_decode import ChildLimits
from udfs.measure_images import COLUMNS, measure_images

RULES = ImageRules(min_side_px=100, max_aspect_ratio=3.0, max_pixels=1_000_000)
LIMITS = ChildLimits(deadline_s=20, max_memory_bytes=2 << 30, max_request_bytes=200_000)


def picture(width, height, seed=1):
    rough = np.random.default_rng(seed).integers(0, 256, (9, 9, 3), dtype=np.uint8)
    return Image.fromarray(rough).resize((width, height), Image.Resampling.BICUBIC)


def rows_of(files, kind=None):
    return pa.RecordBatch.from_pydict(
        {
            "image_id": pa.array(range(len(files)), pa.int64()),
            "content_id": pa.array([-i for i in range(len(files))], pa.int64()),
            "url": pa.array([f"{i}.jpg" for i in range(len(files))]),
            "bytes": pa.array(files, kind or pa.binary()),
        }
    )


def measured(files):
    return pa.Table.from_batches(measure_images(RULES, LIMITS)(iter([rows_of(files)])))


def measure_one(data):
    return measured([data]).to_pylist()[0]


def test_a_good_image_has_size_format_hash_and_no_reason():
    image = picture(300, 200)
    row = measure_one(encoded(image, "png"))
    assert (row["width_px"], row["height_px"], row["format"]) == (300, 200, "png")
    assert (row["drop_reason"], row["detail"]) == (None, None)
    assert f"{row['phash'] % 2**64:016x}" == str(imagehash.phash(image))
    assert 10 < row["luma_std"] < 128


@pytest.mark.parametrize(
    ("data", "reason", "size"),
    [
        (encoded(Image.new("RGB", (99, 120)), "png"), "too_small", (99, 120)),
        (encoded(Image.new("RGB", (301, 100)), "png"), "aspect_ratio", (301, 100)),
        (encoded(Image.new("1", (1001, 1000)), "png"), "too_many_pixels", (None, None)),
        (b"<html>404</html>", "not_an_image", (None, None)),
        (b"", "not_an_image", (None, None)),
        (b"<svg xmlns='x'></svg>", "format_refused", (None, None)),
        (encoded(picture(200, 200), "jpeg")[:-900], "truncated", (200, 200)),
    ],
)
def test_a_refused_image_says_why_and_has_no_hash(data, reason, size):
    row = measure_one(data)
    assert (row["drop_reason"], row["width_px"], row["height_px"]) == (reason, *size)
    assert (row["phash"], row["luma_std"]) == (None, None)
    assert reason in DROPPED | QUARANTINED


def test_borders_are_kept():
    files = [
        encoded(Image.new("RGB", size), "png") for size in ((100, 100), (300, 100), (100, 300))
    ]
    assert measured(files)["drop_reason"].to_pylist() == [None, None, None]


def test_rows_keep_order_ids_and_schema_across_slices():
    files = [encoded(picture(200, 200, seed), "png") for seed in range(12)]
    table = measured([*files, b"broken", *files])
    assert table.schema == IMAGES.arrow_schema(*COLUMNS)
    assert table["image_id"].to_pylist() == list(range(25))
    assert table["content_id"].to_pylist() == [-i for i in range(25)]
    assert table["phash"].to_pylist()[:12] == table["phash"].to_pylist()[13:]
    assert table["drop_reason"].null_count == 24
    assert table.to_batches() and len(table.to_batches()) > 1


def test_the_same_picture_in_other_formats_has_nearly_the_same_hash():
    image = picture(640, 480)
    rows = measured([encoded(image, name) for name in ("png", "jpeg", "webp", "avif")])
    hashes = [value % 2**64 for value in rows["phash"].to_pylist()]
    assert max((one ^ hashes[0]).bit_count() for one in hashes) <= 4


def test_hashes_are_those_of_one_picture_alone():
    turned = Image.Exif()
    turned[0x0112] = 6
    files = [
        encoded(picture(640, 480, 2), "jpeg"),
        encoded(picture(333, 517, 3), "jpeg"),
        encoded(picture(640, 480, 2), "jpeg", exif=turned),
        encoded(picture(900, 700, 4), "png"),
        b"broken",
        encoded(picture(640, 480, 5).convert("CMYK"), "jpeg"),
        encoded(picture(640, 480, 6).convert("L"), "jpeg"),
    ]
    alone = [decode_grey(data, read_header(data, 1_000_000)).pixels for data in files]
    assert [pixels is None for pixels in alone] == [n == 4 for n in range(7)]
    hashes = [None if pixels is None else int(phash(pixels[None])[0]) for pixels in alone]
    assert measured(files)["phash"].to_pylist() == hashes
    assert len(set(hashes)) == 7


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary()])
def test_a_part_of_a_batch_is_measured_by_its_own_files(kind):
    files = [encoded(picture(100 + n, 100), "png") for n in range(6)]
    part = rows_of(files, kind).slice(2, 3)
    (found,) = measure_images(RULES, LIMITS)(iter([part]))
    assert found["width_px"].to_pylist() == [102, 103, 104]


def test_an_empty_batch_gives_no_rows():
    schema = IMAGES.arrow_schema("image_id", "content_id", "url")
    schema = schema.append(pa.field("bytes", pa.binary()))
    empty = pa.RecordBatch.from_pylist([], schema=schema)
    assert sum(len(batch) for batch in measure_images(RULES, LIMITS)(iter([empty]))) == 0
