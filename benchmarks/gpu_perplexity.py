"""Perplexity by a language model on a GPU, in batches, against one sentence at a time.

Without a GPU it says so and ends with exit code 0. ``largest_error`` is relative, of a sentence's value
in a batch against that of the sentence alone, unpadded, through the whole model.
"""

import argparse
import json
import time

import numpy as np
from encode_images import texts
from gpu_encode import has_gpu
from perplexity import loaded, one_at_a_time

GOAL = 5.0


def main() -> None:
    """Measure both, print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="smollm2-135m", help="a language model of models.yaml")
    parser.add_argument("--n", type=int, default=20_000)
    parser.add_argument("--alone", type=int, default=300, help="sentences scored one at a time")
    arguments = parser.parse_args()
    if not has_gpu():
        return
    import torch

    rows, few = texts(arguments.n), arguments.alone
    model = loaded(arguments.model, 1)
    model.perplexities(rows[:4096])
    started = time.perf_counter()
    values = model.perplexities(rows)
    ours = len(rows) / (time.perf_counter() - started)
    started = time.perf_counter()
    start_up_s, alone = one_at_a_time(arguments.model, rows[:few], 1)
    peer = few / (time.perf_counter() - started - start_up_s)
    facts = {
        "name": "gpu_perplexity",
        "n": len(rows),
        "card": torch.cuda.get_device_name(),
        "model": arguments.model,
        "ours": ours,
        "peer": peer,
        "ratio": ours / peer,
        "goal": GOAL,
        "largest_error": float(np.abs(values[:few] / alone - 1).max()),
        "peak_mb": torch.cuda.max_memory_allocated() / 2**20,
        "versions": {"torch": torch.__version__},
    }
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
