"""Format, size, size rules and perceptual hash of images, one guarded decode each."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from realsyn_lib.failpoints import reach
from realsyn_lib.images.decode import hash_levels
from realsyn_lib.images.phash import luma_std, phash
from realsyn_lib.images.rules import ImageRules
from realsyn_lib.slices import slices_by_size
from realsyn_lib.tables import IMAGES
from udfs.binary_views import binary_views
from udfs.guarded_decode import ChildLimits, Reply, resident_decoder
from udfs.judge_images import NO_JUDGES, SCORES, ImageJudges, judged

_MEASURED = (
    "image_id", "content_id", "url", "width_px", "height_px", "format", "phash", "luma_std",
    "drop_reason", "detail",
)  # fmt: skip
COLUMNS = (*_MEASURED, *SCORES)
_PASSED = ("image_id", "content_id", "url")


def measure_images(
    rules: ImageRules,
    limits: ChildLimits,
    opted_out: frozenset[int] = frozenset(),
    judges: ImageJudges = NO_JUDGES,
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return a ``mapInArrow`` function whose output has ``COLUMNS``, typed as in ``IMAGES``.

    Expects ``image_id``, ``content_id``, ``url`` and ``bytes`` (binary, not null), and ``sha256``
    where ``judges`` have a list of hashes. Rows keep
    their order; a refused image has a ``drop_reason`` and no hash, and so has one whose hash is among
    ``opted_out`` (phash of pictures not to be used). A batch is worked in slices of
    ``limits.max_request_bytes``; one slice is in memory beside the batch, shared with the child.
    """
    unwanted = pa.array(sorted(opted_out), pa.int64())
    judge = judged(judges, limits)

    def measure(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        decoder = resident_decoder("measure", asdict(rules), limits)
        for batch in batches:
            for part, files in _parts(batch, limits.max_request_bytes):
                reach("measure_images.batch")
                yield judge(_measured(part, decoder.run(files), unwanted), part, files)

    return measure


def _parts(
    batch: pa.RecordBatch, max_bytes: int
) -> Iterator[tuple[pa.RecordBatch, Sequence[memoryview]]]:
    """Cut a batch into parts of so many bytes, each with its files, which are not copied."""
    start = 0
    for files in slices_by_size(binary_views(batch["bytes"]), max_bytes):
        yield batch.slice(start, len(files)), files
        start += len(files)


def _measured(part: pa.RecordBatch, replies: Sequence[Reply], unwanted: pa.Array) -> pa.RecordBatch:
    schema = IMAGES.arrow_schema(*_MEASURED)
    hashes, deviations = _hashed(replies)
    columns = {name: part[name] for name in _PASSED}
    for name in ("width_px", "height_px", "format", "detail"):
        columns[name] = pa.array([r.values.get(name) for r in replies], schema.field(name).type)
    reasons = pa.array([r.values["reason"] for r in replies], pa.string())
    is_unwanted = pc.is_in(hashes, value_set=unwanted)
    columns["drop_reason"] = pc.if_else(is_unwanted, "opt_out", reasons)
    columns["phash"] = pc.if_else(is_unwanted, pa.scalar(None, pa.int64()), hashes)
    columns["luma_std"] = deviations
    return pa.RecordBatch.from_arrays([columns[name] for name in _MEASURED], schema=schema)


def _hashed(replies: Sequence[Reply]) -> tuple[pa.Array, pa.Array]:
    """Hash all decoded pictures at once; null where there is none."""
    found = [reply.scaled for reply in replies]
    missing = np.array([scaled is None for scaled in found], dtype=bool)
    hashes = np.zeros(len(found), dtype=np.int64)
    deviations = np.zeros(len(found), dtype=np.float32)
    scaled = [one for one in found if one is not None]
    if scaled:
        turns = [r.values["orientation"] for r in replies if r.values["reason"] is None]
        grey = hash_levels(scaled, turns)
        hashes[~missing], deviations[~missing] = phash(grey), luma_std(grey)
    return pa.array(hashes, mask=missing), pa.array(deviations, mask=missing)
