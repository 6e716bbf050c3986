"""Measured pictures -> scores of optional models, and the reasons that they and a list of hashes give."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from realsyn_lib.images.known_hashes import DIGEST_BYTES, KnownHashes
from realsyn_lib.node_files import local_copy
from realsyn_lib.tables import IMAGES
from udfs.guarded_decode import ChildLimits
from udfs.mapped_index import mapped
from udfs.model_pixels import model_pixels
from udfs.worker_models import ModelUse, worker_model

SCORES = ("nsfw_score", "watermark_score")
Files = Sequence[memoryview]
Judge = Callable[[pa.RecordBatch, pa.RecordBatch, Files], pa.RecordBatch]


@dataclass(frozen=True)
class ScoreRule:
    """One model: pictures whose ``labels`` together get more than ``most`` are dropped as ``reason``.

    The score stands in the column ``<reason>_score``.
    """

    reason: str
    use: ModelUse
    labels: tuple[str, ...]
    most: float


@dataclass(frozen=True)
class HashFile:
    """A .npy file of sorted hashes that the workers of a node map, and its SHA-256 (hex)."""

    path: str
    digest: str

    def open_mapped(self) -> np.ndarray:
        """Return the hashes, (n,), as a view of the file."""
        return np.asarray(np.load(local_copy(self.path, self.digest), mmap_mode="r"))


@dataclass(frozen=True)
class ImageJudges:
    """What judges pictures beside the size rules; as it stands: nothing (``NO_JUDGES``)."""

    rules: tuple[ScoreRule, ...] = ()
    known_sha256: HashFile | None = None
    known_phashes: HashFile | None = None
    max_pixels: int = 0
    rows: int = 1  # pictures decoded for a model at a time


NO_JUDGES = ImageJudges()


def judged(judges: ImageJudges, limits: ChildLimits) -> Judge:
    """Return a function: (measured rows, their input rows, files) -> the rows with verdicts.

    Appends ``SCORES``, null where no model looked: models see what every cheaper rule kept. Only
    those pictures are decoded once more, at the model's size: a verdict must stand in ``images``,
    or a dropped picture could survive as the one kept of its duplicates, and would be described.
    """

    def judge(rows: pa.RecordBatch, part: pa.RecordBatch, files: Files) -> pa.RecordBatch:
        rows = _without_known(rows, part, judges)
        for name in SCORES:
            rows = rows.append_column(name, pa.nulls(rows.num_rows, pa.float32()))
        for rule in judges.rules:
            rows = _scored(rows, files, rule, judges, limits)
        return rows

    return judge


def _without_known(
    rows: pa.RecordBatch, part: pa.RecordBatch, judges: ImageJudges
) -> pa.RecordBatch:
    if judges.known_sha256 is None or judges.known_phashes is None:
        return rows
    known = KnownHashes(mapped(judges.known_sha256), mapped(judges.known_phashes))
    digests = np.array([bytes.fromhex(text) for text in part["sha256"].to_pylist()])
    hashes = rows["phash"].fill_null(0).to_numpy(zero_copy_only=False)  # null: it has a reason
    held = known.holds(digests.astype(f"S{DIGEST_BYTES}"), hashes)
    return _with_reason(rows, pa.array(held), "known_hash")


def _scored(
    rows: pa.RecordBatch, files: Files, rule: ScoreRule, judges: ImageJudges, limits: ChildLimits
) -> pa.RecordBatch:
    from udfs.models.image_scorer import load_image_scorer

    kept = np.flatnonzero(pc.is_null(rows["drop_reason"]).to_numpy(zero_copy_only=False))
    if len(kept) == 0:
        return rows
    scores = np.full(rows.num_rows, np.nan, dtype=np.float32)
    model = worker_model(rule.use, load_image_scorer)
    for start in range(0, len(kept), judges.rows):
        some = kept[start : start + judges.rows]
        wanted = [bytes(files[place]) for place in some.tolist()]
        pixels, reasons = model_pixels(wanted, model.image_size, judges.max_pixels, limits)
        found = model.score(pixels, rule.labels)
        scores[some] = np.where([reason is None for reason in reasons], found, np.nan)
    column = pa.array(scores, pa.float32(), from_pandas=True)
    place = rows.schema.get_field_index(f"{rule.reason}_score")
    rows = rows.set_column(place, f"{rule.reason}_score", column)
    return _with_reason(rows, pc.fill_null(pc.greater(column, rule.most), False), rule.reason)


def _with_reason(rows: pa.RecordBatch, where: pa.Array, reason: str) -> pa.RecordBatch:
    """Give a reason to the rows that have none yet."""
    new = pc.if_else(where, reason, pa.scalar(None, pa.string()))
    place = rows.schema.get_field_index("drop_reason")
    field = IMAGES.arrow_schema("drop_reason").field(0)
    return rows.set_column(place, field, pc.coalesce(rows["drop_reason"], new))
