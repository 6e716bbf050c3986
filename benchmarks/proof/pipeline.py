"""The pool through the pipeline's own stages, in this process: pages -> pairs and samples."""

import os
from pathlib import Path

from benchmarks.proof.generator import merge_server
from benchmarks.proof.models_file import ENCODER, GENERATOR, TAGGER, write_models_file
from benchmarks.proof.thresholds import Distances
from jobs.cli import main

TIER = "balanced"


def run_pipeline(
    pages: Path, warehouse: Path, encoder: Path, size: int, distances: Distances, tier_rows: int
) -> None:
    """Run the stages up to balance_pairs with the local profile, but for three models.

    Raises:
        SystemExit: the command ended with an exit code other than 0, which it is.
    """
    settings = {
        "models.encoder": ENCODER,
        "models.tagger": TAGGER,
        "models.generator": GENERATOR,
        "dedup_images.max_cosine_distance": distances.images,
        "dedup_sentences.max_cosine_distance": distances.sentences,
        # At most two things in a scene, and a tag is a thing.
        "describe.max_tags": 2,
        "describe.min_tag_score": 0.2,
        "balance.tiers": f"{{{TIER}: {{rows: {tier_rows}}}}}",
    }
    words = ["run", "--input", str(pages), "--format", "html", "--warehouse", str(warehouse)]
    words += ["--to", "balance_pairs"]
    for key, value in settings.items():
        words += ["--set", f"{key}={value}"]
    with merge_server() as base_url:
        os.environ["REALSYN_MODELS_FILE"] = str(write_models_file(encoder, size, base_url))
        try:
            main(words)
        except SystemExit as ended:
            if ended.code:
                raise
