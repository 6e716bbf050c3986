"""What is told of a training sample, in its JSON and in the table of its shard: img2dataset's fields."""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from realsyn_lib.release.captions import caption_of
from realsyn_lib.release.options import CaptionChoice
from realsyn_lib.release.picture import Picture
from realsyn_lib.release.records import TEXT_COLUMNS

SUCCESS, REFUSED = "success", "failed_to_resize"  # words of img2dataset
_TEXT, _WHOLE = pa.string(), pa.int32()
SAMPLE_SCHEMA = pa.schema(
    [
        ("image_id", pa.int64()),
        ("raw_image_url", _TEXT),
        *((name, _TEXT) for name in TEXT_COLUMNS),
        ("caption", _TEXT),
        ("url", _TEXT),
        ("key", _TEXT),
        ("status", _TEXT),
        ("error_message", _TEXT),
        ("width", _WHOLE),
        ("height", _WHOLE),
        ("original_width", _WHOLE),
        ("original_height", _WHOLE),
        ("exif", _TEXT),
        ("sha256", _TEXT),
    ]
)
Facts = dict[str, Any]
_ENCODER = json.JSONEncoder(sort_keys=True, allow_nan=False)  # dumps would make one each time


@dataclass(frozen=True)
class Sample:
    """One row of the release with its picture. ``texts``: in the order of ``TEXT_COLUMNS``.

    ``rank``: its hash rank. ``sha256``: of the image file as it came, hex.
    """

    image_id: int
    rank: int
    raw_image_url: str
    texts: Sequence[str | None]
    sha256: str | None
    picture: Picture


def facts_of(sample: Sample, key: str, choice: CaptionChoice) -> Facts:
    """Return the fields of a sample, ``SAMPLE_SCHEMA``.

    ``sha256`` and the original size are those of the file as it came, ``width`` and ``height`` those
    of the picture in the shard; ``exif`` is empty, because none travels.
    """
    picture = sample.picture
    texts = [None if text is None else _sound(text) for text in sample.texts]
    url = _sound(sample.raw_image_url)
    is_written = picture.data is not None
    return {
        "image_id": sample.image_id,
        "raw_image_url": url,
        **dict(zip(TEXT_COLUMNS, texts, strict=True)),
        "caption": caption_of(texts, choice, sample.rank),
        "url": url,
        "key": key,
        "status": SUCCESS if is_written else REFUSED,
        "error_message": None if is_written else picture.reason,
        "width": picture.width_px if is_written else None,
        "height": picture.height_px if is_written else None,
        "original_width": picture.original_width_px if is_written else None,
        "original_height": picture.original_height_px if is_written else None,
        "exif": "{}",
        "sha256": sample.sha256,
    }


def json_of(facts: Facts) -> bytes:
    """Return the JSON of a sample; its id is text, for readers that know only doubles."""
    told = facts | {"image_id": str(facts["image_id"])}
    return _ENCODER.encode(told).encode("ascii")


def table_of(rows: Sequence[Facts]) -> pa.Table:
    """Return the table of a shard's rows, those that were left out among them."""
    return pa.Table.from_pylist(rows, schema=SAMPLE_SCHEMA)


def samples_file(rows: Sequence[Facts]) -> bytes:
    """Return a parquet file of a shard's rows; the same rows give the same bytes."""
    target = io.BytesIO()
    pq.write_table(table_of(rows), target, compression="zstd")
    return target.getvalue()


def _sound(text: str) -> str:
    """Return text that has a UTF-8 form; a lone surrogate becomes a question mark."""
    return text.encode("utf-8", errors="replace").decode("utf-8")
