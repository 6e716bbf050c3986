"""An encoder fed from JPEG bytes through the UDF, against its bare forward loop, on one GPU.

ViT-L-14 with random weights, bf16. The bare loop calls the image tower on one batch that lies on the
card, again and again. ``share_of_peak`` is its rate in floating-point operations over ``--peak`` (dense
bf16 of the card, TFLOP/s). Without a GPU it says so and ends with exit code 0.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from encode_images import MAX_PIXELS, WORDS, files, save_random_model, texts

GOAL = 0.9


def main() -> None:
    """Measure both, print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=Path, help="folder of pictures; without it the samples")
    parser.add_argument("--n", type=int, default=20_000)
    parser.add_argument("--architecture", default="ViT-L-14")
    parser.add_argument("--precision", default="bf16", choices=("bf16", "fp16", "fp32"))
    parser.add_argument("--decoders", type=int, default=max(1, (os.cpu_count() or 2) - 2))
    parser.add_argument("--compile", action="store_true", help="through torch.compile, both sides")
    parser.add_argument("--peak", type=float, help="TFLOP/s of the card in that precision")
    arguments = parser.parse_args()
    if not has_gpu():
        return
    with tempfile.TemporaryDirectory() as work:
        folder = save_random_model(arguments.architecture, Path(work), arguments.precision)
        os.environ["REALSYN_MODELS_FILE"] = f"{folder}/models.yaml"
        print(json.dumps(_measured(arguments)))


def has_gpu() -> bool:
    """Say whether torch sees a GPU; where not, print it."""
    import torch

    if not torch.cuda.is_available():
        print(f"{Path(sys.argv[0]).name}: torch sees no GPU here; nothing was measured")
    return bool(torch.cuda.is_available())


def _measured(arguments: argparse.Namespace) -> dict[str, Any]:
    import torch

    from udfs.models.load_encoder import load_encoder
    from udfs.worker_models import ModelUse, worker_model

    use = ModelUse("own", 1, arguments.compile)
    encoder: Any = worker_model(use, load_encoder)
    bare, flops = _bare_rate(encoder)
    ours = _fed_rate(use, files(arguments.images, arguments.n), arguments.decoders)
    text_rate, bare_text = _text_rates(encoder, arguments.n)
    done = bare * flops
    return {
        "name": "gpu_encode",
        "n": arguments.n,
        "card": torch.cuda.get_device_name(),
        "model": f"{arguments.architecture}, random weights, {arguments.precision}",
        "decoders": arguments.decoders,
        "ours": ours,
        "peer": bare,
        "ratio": ours / bare,
        "goal": GOAL,
        "texts": {"ours": text_rate, "peer": bare_text, "ratio": text_rate / bare_text},
        "bare_tflops": done / 1e12,
        "share_of_peak": done / 1e12 / arguments.peak if arguments.peak else None,
        "peak_mb": torch.cuda.max_memory_allocated() / 2**20,
        "versions": {"torch": torch.__version__},
    }


def _bare_rate(encoder: Any, calls: int = 30) -> tuple[float, float]:
    """Return images/s of the tower alone, and its floating-point operations for an image."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    side, rows = encoder.image_size, encoder.rows_per_call
    batch = torch.randn(rows, 3, side, side, device=encoder._device, dtype=encoder._dtype)
    with torch.inference_mode():
        with FlopCounterMode(display=False) as counter:
            encoder._model.encode_image(batch)
        rate = rate_of(lambda: encoder._encode_image(batch), rows, calls)
    return rate, counter.get_total_flops() / rows


def _fed_rate(use: Any, rows: list[bytes], decoders: int) -> float:
    """Return images/s of the function that Spark's workers run, from bytes to vectors."""
    import numpy as np
    import pyarrow as pa

    from udfs.embed_images import embed_images
    from udfs.guarded_decode import ChildLimits

    limits = ChildLimits(20.0, 2**31, 2**26)
    ids = pa.array(np.arange(len(rows)), pa.int64())
    table = pa.table({"image_id": ids, "bytes": pa.array(rows, pa.binary())})
    work = embed_images(use, MAX_PIXELS, limits, 256, decoders)
    list(work(iter(table.slice(0, 256 * (decoders + 1)).to_batches())))  # starts the decoders
    started = time.perf_counter()
    list(work(iter(table.to_batches(max_chunksize=512))))
    return len(rows) / (time.perf_counter() - started)


def _text_rates(encoder: Any, count: int) -> tuple[float, float]:
    """Return texts/s from strings to vectors, and of bare calls of the whole length."""
    import torch

    rows = texts(count)
    encoder.embed_texts(rows[:2048])
    started = time.perf_counter()
    encoder.embed_texts(rows)
    ours = count / (time.perf_counter() - started)
    ids = torch.from_numpy(encoder._tokens([WORDS[0]] * encoder.rows_per_call)).to(encoder._device)
    with torch.inference_mode():
        return ours, rate_of(lambda: encoder._encode_text(ids), len(ids), calls=30)


def rate_of(call: Any, rows: int, calls: int) -> float:
    """Return rows/s of ``calls`` calls, after three that warm up."""
    import torch

    for _ in range(3):
        call()
    torch.cuda.synchronize()
    started = time.perf_counter()
    for _ in range(calls):
        call()
    torch.cuda.synchronize()
    return rows * calls / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
