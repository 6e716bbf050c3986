"""The pool through the pipeline's own stages, in this process: pages -> pairs and samples."""

import os
from pathlib import Path

from benchmarks.proof.encoder import ENCODER, TAGGER
from benchmarks.proof.thresholds import Distances
from jobs.cli import main

TIER = "balanced"


def run_pipeline(
    pages: Path, warehouse: Path, encoder: Path, distances: Distances, tier_rows: int
) -> None:
    """Run the stages up to balance_pairs with the local profile, but for encoder and tagger.

    Raises:
        SystemExit: the command ended with an exit code other than 0, which it is.
    """
    settings = {
        "models.encoder": ENCODER,
        "models.tagger": TAGGER,
        "dedup_images.max_cosine_distance": distances.images,
        "dedup_sentences.max_cosine_distance": distances.sentences,
        # At most three things in a scene, and a tag is a thing.
        "describe.max_tags": 3,
        "describe.min_tag_score": 0.15,
        "balance.tiers": f"{{{TIER}: {{rows: {tier_rows}}}}}",
    }
    os.environ["REALSYN_MODELS_FILE"] = str(encoder / "models.yaml")
    words = ["run", "--input", str(pages), "--format", "html", "--warehouse", str(warehouse)]
    words += ["--to", "balance_pairs"]
    for key, value in settings.items():
        words += ["--set", f"{key}={value}"]
    try:
        main(words)
    except SystemExit as ended:
        if ended.code:
            raise
