"""Recall of the local encoder: of captioned images, is an image's own text among the nearest k?

The gallery is the texts of all images; of equal texts each is right. Prints one JSON line.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from captioned import model_input, read_captioned

from jobs.model_digests import open_registry
from udfs.models.context import ModelContext
from udfs.models.load_encoder import load_encoder

RANKS = (1, 5, 10)
ROUNDING = 1e-6  # equal texts have cosines that differ by less


def main() -> None:
    """Embed images and texts, print the recalls."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--captions", type=Path, required=True, help="folder with captions.tsv")
    parser.add_argument("--encoder", default="bridge")
    arguments = parser.parse_args()
    encoder = load_encoder(ModelContext.of(open_registry(), threads=2), arguments.encoder)
    pairs = read_captioned(arguments.captions / "captions.tsv")
    pixels = np.stack([model_input(pair.path) for pair in pairs])
    cosines = encoder.embed_images(pixels) @ encoder.embed_texts([p.text for p in pairs]).T
    better = ranks(cosines)
    recalls = {f"recall_at_{k}": round(float((better < k).mean()), 3) for k in RANKS}
    own = np.quantile(np.diag(cosines), (0.1, 0.5, 0.95)).round(3).tolist()
    found = {"name": "bridge_recall", "encoder": encoder.digest[:12], "n": len(pairs)}
    print(json.dumps({**found, **recalls, "own_cosine_q10_q50_q95": own}))


def ranks(cosines: np.ndarray) -> np.ndarray:
    """Return how many texts are nearer than an image's own, (n,), of (n, n) cosines."""
    own = np.diag(cosines)[:, None]
    return np.asarray((cosines > own + ROUNDING).sum(axis=1))


if __name__ == "__main__":
    main()
