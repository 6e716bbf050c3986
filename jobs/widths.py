"""The widths of vectors that a stage would bring together, told apart before a row is read."""

from jobs.model_digests import open_registry
from jobs.stage import Stage
from realsyn_lib.errors import ModelError

METRIC = "embedding_width"  # of the runs that embed, and of what they were clustered from
_EMBEDDED_BY = {
    "image_embeddings": "embed_images",
    "sentence_embeddings": "embed_sentences",
    "sentence_clusters": "cluster_sentences",
    "sentence_centroids": "cluster_sentences",
}


def note_width(stage: Stage) -> None:
    """Keep the width of the vectors that a stage writes in its metrics."""
    stage.metrics[METRIC] = float(_encoder_width(stage))


def check_widths(stage: Stage) -> None:
    """Refuse vectors of two widths in one stage: those of the tables it reads, and its encoder's.

    Raises:
        ModelError: which differ, and what to run again.
    """
    found = {
        table: int(run.metrics[METRIC])
        for table, owner in _EMBEDDED_BY.items()
        if table in stage.spec.reads
        and (run := stage.ledger.last_finished(owner)) is not None
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


def _encoder_width(stage: Stage) -> int:
    width = open_registry().get(stage.config.models.encoder, "encoder").width
    assert width is not None  # the registry refuses an encoder without one
    return width
