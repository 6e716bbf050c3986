"""Perplexity of sentences by a causal model, against the bare matrix products of the same calls.

Each call has a shape, (rows, length), that follows from its texts' own length. The bare side multiplies
matrices of the shapes of all the model's layers and of its logits, as often as ours calls them: what
the processor allows. Attention, norms and activations are not in it. ``one at a time`` scores the texts
one by one, unpadded. Quality is the share of texts whose value is within 1e-3 of that.
"""

import argparse
import os
import time
from collections import Counter
from typing import Any

import numpy as np
import numpy.typing as npt
from encode_images import texts
from side_by_side import common_flags, in_turn, start_up_ends, summary, tell

Values = npt.NDArray[np.float64]
Shapes = Counter[tuple[int, int, int]]  # rows, inner width and columns of a product
_SAME = 1e-3


def main() -> None:
    """Score made sentences, multiply, print the table and the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=200, help="sentences of 4 to 40 words")
    parser.add_argument("--model", default="smollm2-135m", help="a language model of models.yaml")
    common_flags(parser)
    arguments = parser.parse_args()
    rows, more = texts(arguments.n), arguments.peer != "none"
    sides = {"ours": ours, "bare products": bare_products}
    sides |= {"one at a time": one_at_a_time} if more else {}
    runs = in_turn(sides, arguments.runs, arguments.model, rows, arguments.threads)
    truth = runs.get("one at a time", runs["ours"])[0].answer
    told = {
        name: summary(name, own, len(rows), _share_alike(own[0].answer, truth))
        for name, own in runs.items()
    }
    limit = told.pop("bare products")
    n = {"sentences": len(rows), "model": arguments.model}
    packages = ["torch", "transformers"]
    tell("perplexity", n, told.pop("ours"), list(told.values()), packages, [limit])


def ours(name: str, rows: list[str], threads: int) -> tuple[float, Values]:
    """Score all texts as filter_sentences does."""
    started, model = time.perf_counter(), loaded(name, threads)
    model.perplexities(rows[:2])
    start_up_ends()
    start_up_s = time.perf_counter() - started
    return start_up_s, model.perplexities(rows)


def one_at_a_time(name: str, rows: list[str], threads: int) -> tuple[float, Values]:
    """Score each text by the whole model, unpadded."""
    import torch

    started, model = time.perf_counter(), loaded(name, threads)
    whole, encode, device = model._model, model._tokenizer.encode, model._device
    start_up_ends()
    start_up_s = time.perf_counter() - started
    found = []
    for text in rows:
        ids = encode(text, add_special_tokens=False).ids
        with torch.inference_mode():
            read = torch.tensor([[model._start, *ids[:-1]]], device=device)
            logits = whole(read, use_cache=False).logits[0].float()
            loss = torch.nn.functional.cross_entropy(logits, torch.tensor(ids, device=device))
        found.append(float(loss.double().exp()))
    return start_up_s, np.array(found)


def bare_products(name: str, rows: list[str], threads: int) -> tuple[float, Values]:
    """Multiply matrices of the shapes that ours multiplies; the answer is not a score."""
    import torch

    started, model = time.perf_counter(), loaded(name, threads)
    shapes = shapes_of(model, rows)
    pairs = {
        (m, k, n): (torch.randn(m, k), torch.randn(n, k), torch.empty(m, n)) for m, k, n in shapes
    }
    start_up_ends()
    start_up_s = time.perf_counter() - started
    for shape, count in shapes.items():
        left, right, out = pairs[shape]
        for _ in range(count):
            torch.mm(left, right.T, out=out)
    return start_up_s, np.ones(len(rows))


def shapes_of(model: Any, rows: list[str]) -> Shapes:
    """Count the products of each shape in one pass over the texts, by watching the layers."""
    import torch
    from transformers.pytorch_utils import Conv1D

    shapes: Shapes = Counter()

    def watch(layer: Any, given: tuple[Any, ...], made: Any) -> None:
        shapes[given[0].shape[:-1].numel(), given[0].shape[-1], made.shape[-1]] += 1

    kinds = (torch.nn.Linear, Conv1D)
    layers = [layer for layer in model._model.modules() if isinstance(layer, kinds)]
    watched = [layer.register_forward_hook(watch) for layer in layers]
    model.perplexities(rows)
    for one in watched:
        one.remove()
    return shapes


def loaded(name: str, threads: int) -> Any:
    """Load a language model on the GPU, where there is one."""
    from realsyn_lib.models.registry import known_models
    from udfs.device import task_device
    from udfs.models.context import ModelContext
    from udfs.models.language_model import load_language_model

    context = ModelContext.of(known_models(os.environ), task_device(), threads)
    return load_language_model(context, name)


def _share_alike(values: Values, truth: Values) -> float:
    return float((np.abs(values - truth) <= _SAME * truth).mean())


if __name__ == "__main__":
    main()
