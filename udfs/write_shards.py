"""Webdataset shards written by tasks, one row of facts for each."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from realsyn_lib.arrow_types import arrow_type
from realsyn_lib.failpoints import reach
from realsyn_lib.release.picture import Picture, PictureRules
from realsyn_lib.release.records import TEXT_COLUMNS
from realsyn_lib.release.samples import Sample
from realsyn_lib.release.unfinished import Unfinished
from realsyn_lib.release.webdataset import ShardLayout, write_shard
from realsyn_lib.slices import slices_by_size
from udfs.binary_views import binary_views
from udfs.guarded_decode import ChildLimits
from udfs.training_pictures import training_pictures

SHARD_COLUMNS = {
    "shard_no": "int",
    "name": "string",
    "sample_count": "bigint",
    "size_bytes": "bigint",
    "sha256": "string",
    "table_sha256": "string",
    "refused": "map<string,bigint>",
}
SHARDS_DDL = ", ".join(f"{name} {kind}" for name, kind in SHARD_COLUMNS.items())
SHARDS_SCHEMA = pa.schema([(name, arrow_type(kind)) for name, kind in SHARD_COLUMNS.items()])
Batches = Iterator[pa.RecordBatch]
_Placed = tuple[int, Sample]
_RECORD = ("shard_no", "rank", "image_id", "raw_image_url", *TEXT_COLUMNS)


@dataclass(frozen=True)
class ShardWork:
    """What tasks need to know: pictures, how they are decoded, and how shards are laid out."""

    pictures: PictureRules
    limits: ChildLimits
    layout: ShardLayout


def write_shards(export: Unfinished, work: ShardWork) -> Callable[[Batches], Batches]:
    """Return a ``mapInArrow`` function that writes shards of an export -> ``SHARDS_DDL``.

    Expects shard_no int, rank bigint, image_id, raw_image_url, text1, text2, text3, syn_text, bytes
    and sha256: for each sample a record, whose bytes are null, and right after it the row of its file,
    whose texts are null. All rows of a shard are in one partition, sorted by shard_no, rank and
    record before file; files without a record are passed over. Rows stream: one batch of image
    bytes, and the pictures of ``limits.max_request_bytes`` of them, are in memory.
    """

    def write(batches: Batches) -> Batches:
        make = training_pictures(work.pictures, work.limits)
        placed = _placed(batches, make, work.limits.max_request_bytes)
        for shard_no, samples in groupby(placed, key=itemgetter(0)):
            reach("write_shards.batch")
            stats = write_shard(export, shard_no, (sample for _, sample in samples), work.layout)
            facts = vars(stats) | {"shard_no": shard_no, "refused": sorted(stats.refused.items())}
            yield pa.RecordBatch.from_pylist([facts], schema=SHARDS_SCHEMA)

    return write


def _placed(
    batches: Batches, make: Callable[[Sequence[memoryview]], list[Picture]], most_bytes: int
) -> Iterator[_Placed]:
    """Yield the samples with the number of their shard."""
    last: tuple[Any, ...] = (None, None)
    for batch in batches:
        records = zip(*(batch[name].to_pylist() for name in _RECORD), strict=True)
        is_file = pc.is_valid(batch["bytes"]).to_pylist()
        views = binary_views(batch["bytes"])
        digests = batch["sha256"].to_pylist()
        found: list[tuple[tuple[Any, ...], str]] = []
        files: list[memoryview] = []
        for record, has_bytes, view, digest in zip(records, is_file, views, digests, strict=True):
            if not has_bytes:
                last = record
            elif record[1] == last[1]:
                found.append((last, digest))
                files.append(view)
        rows = iter(found)
        for some in slices_by_size(files, most_bytes):
            for picture in make(some):
                record, digest = next(rows)
                yield record[0], _sample(record, digest, picture)


def _sample(record: tuple[Any, ...], digest: str, picture: Picture) -> Sample:
    _shard_no, rank, image_id, url, *texts = record
    return Sample(image_id, rank, url, texts, digest, picture)
