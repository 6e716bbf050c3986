"""Pictures and texts into vectors by an open_clip encoder: through the UDF, against a bare loop.

Both sides hold the same model, saved with random weights (``--architecture``, ViT-B-32), and give it
the same batches; the work is the same whatever the weights are. The bare loop decodes with Pillow,
transforms as open_clip does, and calls the model batch by batch. Quality is the mean cosine of each
side's vectors with those of the bare loop. Rates by wall time want an idle machine; ``cpu_s`` tells
the core-seconds of each side with its children.
"""

import argparse
import io
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from side_by_side import common_flags, in_turn, start_up_ends, summary, tell

Vectors = npt.NDArray[np.float32]
ROWS = 8  # of one call on a CPU
MAX_PIXELS = 10**8
WORDS = ["a", "the", "old", "boat", "harbour", "dog", "runs", "over", "bright", "morning", "market"]
SAMPLES = Path(__file__).parents[1] / "samples" / "pages"


def main() -> None:
    """Save the model, run both sides in turn, print the table and the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=Path, help="folder of pictures; without it the samples")
    parser.add_argument("--texts", action="store_true", help="texts in place of pictures")
    parser.add_argument("--n", type=int, default=256, help="rows; files are taken again and again")
    parser.add_argument("--architecture", default="ViT-B-32", help="a name of open_clip")
    common_flags(parser)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.work) as work:
        folder = save_random_model(arguments.architecture, Path(work))
        rows = texts(arguments.n) if arguments.texts else files(arguments.images, arguments.n)
        sides: dict[str, Any] = {"ours": ours}
        if arguments.peer != "none":
            sides["bare loop"] = bare_loop
        runs = in_turn(sides, arguments.runs, str(folder), rows, arguments.threads)
    truth = runs.get("bare loop", runs["ours"])[0].answer
    told = {
        name: summary(name, own, len(rows), float((own[0].answer * truth).sum(axis=1).mean()))
        for name, own in runs.items()
    }
    kind = "texts" if arguments.texts else "images"
    n = {kind: len(rows), "model": f"{arguments.architecture}, random weights"}
    packages = ["torch", "open_clip_torch", "pyspark"]
    tell(f"encode_{kind}", n, told.pop("ours"), list(told.values()), packages)


def ours(folder: str, rows: list[Any], threads: int) -> tuple[float, Vectors]:
    """Run the function that Spark's workers run, on Arrow batches."""
    started = time.perf_counter()
    os.environ["REALSYN_MODELS_FILE"] = f"{folder}/models.yaml"
    work, batches = _work(rows, threads)
    list(work(iter([batches[0].slice(0, ROWS)])))  # loads the model, starts the decoder
    start_up_ends()
    start_up_s = time.perf_counter() - started
    made = [batch["embedding"] for batch in work(iter(batches))]
    data = b"".join(vector for part in made for vector in part.to_pylist())
    return start_up_s, np.frombuffer(data, np.float16).astype(np.float32).reshape(len(rows), -1)


def _work(rows: list[Any], threads: int) -> tuple[Any, list[pa.RecordBatch]]:
    from udfs.embed_images import embed_images
    from udfs.embed_texts import embed_texts
    from udfs.guarded_decode import ChildLimits
    from udfs.worker_models import ModelUse

    ids = pa.array(np.arange(len(rows)), pa.int64())
    use = ModelUse("own", threads)
    if isinstance(rows[0], str):
        table = pa.table({"sentence_id": ids, "text": pa.array(rows)})
        return embed_texts(use, "sentence_id"), table.to_batches(max_chunksize=100)
    table = pa.table({"image_id": ids, "bytes": pa.array(rows, pa.binary())})
    limits = ChildLimits(20.0, 2**31, 2**26)
    return embed_images(use, MAX_PIXELS, limits, ROWS), table.to_batches(max_chunksize=100)


def bare_loop(folder: str, rows: list[Any], threads: int) -> tuple[float, Vectors]:
    """Call the model on batches made by open_clip's own transform or tokenizer."""
    import open_clip
    import torch
    from PIL import Image

    started = time.perf_counter()
    torch.set_num_threads(threads)
    name = f"local-dir:{folder}"
    model, _, transform = open_clip.create_model_and_transforms(name)
    model, tokenize = model.eval(), open_clip.get_tokenizer(name)

    def encoded(part: list[Any]) -> Vectors:
        with torch.inference_mode():
            if isinstance(part[0], str):
                vectors = model.encode_text(tokenize(part), normalize=True)
            else:
                opened = [transform(Image.open(io.BytesIO(data))) for data in part]
                vectors = model.encode_image(torch.stack(opened), normalize=True)
        found: Vectors = vectors.numpy()
        return found

    encoded(rows[:ROWS])
    start_up_ends()
    start_up_s = time.perf_counter() - started
    return start_up_s, np.concatenate([encoded(rows[at : at + ROWS]) for at in _starts(rows)])


def _starts(rows: list[Any]) -> range:
    return range(0, len(rows), ROWS)


def save_random_model(architecture: str, folder: Path, precision: str = "fp16") -> Path:
    """Save a model with random weights as open_clip does, and a models file that names it.

    ``precision`` is that of a GPU.
    """
    import open_clip
    import torch
    from safetensors.torch import save_file

    config = open_clip.get_model_config(architecture)
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": config}))
    torch.manual_seed(0)
    model = open_clip.create_model(architecture, pretrained=None)
    state = {name: one.contiguous() for name, one in model.state_dict().items()}
    save_file(state, folder / "open_clip_model.safetensors")
    source = f"{{kind: folder, loader: open_clip, path: {folder}, precision: {precision}}}"
    entry = f"{{role: encoder, licence: none, memory_mb: 1, width: {config['embed_dim']}"
    (folder / "models.yaml").write_text(f"models: {{own: {entry}, source: {source}}}}}")
    return folder


def files(folder: Path | None, count: int) -> list[bytes]:
    """Return the bytes of ``count`` pictures of a folder, of those that both sides read alike.

    Not turned ones and transparent ones, which open_clip takes as they lie in the file.
    """
    found = []
    for path in sorted((folder or SAMPLES).rglob("*")):
        if path.suffix.lower() in (".jpg", ".jpeg", ".png") and _is_plain(
            data := path.read_bytes()
        ):
            found.append(data)
    if not found:
        raise SystemExit(f"{folder} holds no plain .jpg or .png that can be decoded")
    return [found[n % len(found)] for n in range(count)]


def _is_plain(data: bytes) -> bool:
    from PIL import Image

    from realsyn_lib.images.decode import decode
    from realsyn_lib.images.header import read_header

    header = read_header(data, MAX_PIXELS)
    if header.orientation != 1 or decode(data, header).pixels is None:
        return False
    with Image.open(io.BytesIO(data)) as image:
        return image.mode == "RGB"


def texts(count: int) -> list[str]:
    """Return ``count`` made sentences of 4 to 40 words, always the same."""
    generator = np.random.default_rng(3)
    lengths = generator.integers(4, 41, count)
    return [" ".join(generator.choice(WORDS, size)) for size in lengths]


if __name__ == "__main__":
    main()
