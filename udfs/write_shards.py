"""Webdataset shards written by tasks, one row of facts for each."""

from collections.abc import Callable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

import pyarrow as pa

from realsyn_lib.arrow_types import arrow_type
from realsyn_lib.release.picture import PictureRules
from realsyn_lib.release.webdataset import Sample, write_shard

SHARD_COLUMNS = {
    "shard_no": "int",
    "name": "string",
    "sample_count": "bigint",
    "size_bytes": "bigint",
    "sha256": "string",
    "refused": "map<string,bigint>",
}
SHARDS_DDL = ", ".join(f"{name} {kind}" for name, kind in SHARD_COLUMNS.items())
SHARDS_SCHEMA = pa.schema([(name, arrow_type(kind)) for name, kind in SHARD_COLUMNS.items()])


def write_shards(
    folder: str, rules: PictureRules
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return a ``mapInArrow`` function that writes shards into a folder -> ``SHARDS_DDL``.

    Expects shard_no int, image_id, raw_image_url, text1, text2, text3, syn_text and bytes, all
    rows of a shard in one partition and sorted by shard_no, hash rank and image_id. Rows stream:
    one batch of image bytes is in memory.
    """

    def write(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for shard_no, rows in groupby(_rows(batches), key=itemgetter("shard_no")):
            stats = write_shard(folder, shard_no, map(_sample, rows), rules)
            facts = {
                "shard_no": shard_no,
                "name": stats.name,
                "sample_count": stats.sample_count,
                "size_bytes": stats.size_bytes,
                "sha256": stats.sha256,
                "refused": sorted(stats.refused.items()),
            }
            yield pa.RecordBatch.from_pylist([facts], schema=SHARDS_SCHEMA)

    return write


def _rows(batches: Iterator[pa.RecordBatch]) -> Iterator[dict[str, Any]]:
    for batch in batches:
        yield from batch.to_pylist()


def _sample(row: dict[str, Any]) -> Sample:
    return Sample(
        image_id=row["image_id"],
        raw_image_url=row["raw_image_url"],
        text1=row["text1"],
        text2=row["text2"],
        text3=row["text3"],
        syn_text=row["syn_text"],
        image=row["bytes"],
    )
