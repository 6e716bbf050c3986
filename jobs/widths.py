"""The widths of vectors that a stage would bring together, told apart before a row is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.ledger import Ledger
from jobs.metric_digest import digest_as_float
from jobs.model_digests import open_registry
from realsyn_lib.errors import ModelError

if TYPE_CHECKING:  # what a stage needs takes seconds to load, which who looks need not wait for
    from jobs.stage import Stage

ENCODER = "encoder"  # metric of the same runs: 52 bits of the encoder's digest
METRIC = "embedding_width"  # of the runs that embed, and of what they were clustered from
_EMBEDDED_BY = {
    "image_embeddings": "embed_images",
    "sentence_embeddings": "embed_sentences",
    "sentence_clusters": "cluster_sentences",
    "sentence_centroids": "cluster_sentences",
}


def note_width(stage: Stage) -> None:
    """Keep the width of the vectors that a stage writes, and their encoder, in its metrics."""
    stage.metrics[METRIC] = float(_encoder_width(stage))
    stage.metrics[ENCODER] = digest_as_float(stage.models["encoder"])


def check_widths(stage: Stage) -> None:
    """Refuse vectors of two widths in one stage: those of the tables it reads, and its encoder's.

    Raises:
        ModelError: which differ, and what to run again.
    """
    found = {
        table: int(run.metrics[METRIC])
        for table, owner in _EMBEDDED_BY.items()
        if table in stage.spec.reads
        and (run := stage.home_of(table).last_finished(owner)) is not None
        and METRIC in run.metrics
    }
    if "encoder" in stage.spec.models:
        found[f"the encoder {stage.config.models.encoder}"] = _encoder_width(stage)
    if len(set(found.values())) > 1:
        told = ", ".join(f"{name} has width {width}" for name, width in found.items())
        raise ModelError(
            f"{stage.spec.name}: {told}; embed all with one encoder: name it in models.encoder and "
            "run with --from embed_images"
        )
    if stage.other_sentences is not None:
        _check_encoder(stage, stage.other_sentences)


def _check_encoder(stage: Stage, sentences: Ledger) -> None:
    """Refuse sentences of another warehouse that another encoder embedded: equal widths prove nothing."""
    if not {"image_embeddings", "sentence_centroids"} <= set(stage.spec.reads):
        return
    ours = stage.ledger.last_finished("embed_images")
    theirs = sentences.last_finished("cluster_sentences")
    found = {run.metrics.get(ENCODER) for run in (ours, theirs) if run is not None}
    if len(found) > 1 or None in found:
        where = sentences.warehouse.location
        raise ModelError(
            f"{stage.spec.name}: images here and sentences in {where} were not embedded by one encoder, as "
            "far as their runs tell; name that of the sentences in models.encoder and run with --from "
            "embed_images, or run that warehouse again with --from embed_sentences --force"
        )


def _encoder_width(stage: Stage) -> int:
    width = open_registry().get(stage.config.models.encoder, "encoder").width
    assert width is not None  # the registry refuses an encoder without one
    return width
