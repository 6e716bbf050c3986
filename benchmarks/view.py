"""A text query of `realsyn view` over made vectors: from the request to the whole page, and its memory.

The server is the command itself, in a process of its own, on a warehouse of n images whose float16
vectors are 512 wide. Its encoder is a CLIP with random weights whose text tower has the shape of
ViT-B/32's (12 layers of 512), so that a query costs what one by such a model costs. A page needs the
vector of its text, all n products, and the rows of the 48 best in nine tables.

Peer: faiss' flat index over the same float16 vectors, with as many threads, asked with the same
vectors in a process of its own; it gets ids and no page, and no text is embedded. Quality is the
share of the 48 that float64 products of all rows would give. Own memory is the resident memory of the
server less what it has mapped of the vectors; private memory leaves out all mapped files, the code of
libraries and the model's weights, which the system drops and reads again as it likes.
"""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from published_rows import publish
from side_by_side import Run, common_flags, core_seconds, in_turn, start_up_ends, summary, tell

from realsyn_lib.embeddings import binary_of, unit_rows
from realsyn_lib.tables import (
    FETCHES,
    IMAGE_DUPLICATES,
    IMAGE_EMBEDDINGS,
    IMAGES,
    IMAGES_FOUND,
    PAIRS,
    SAMPLES,
)

WIDTH = 512
TOP = 48
_PATIENCE_S = 300  # until the vectors are laid out and the encoder is loaded
_PART_ROWS = 50_000
_TEXTS = [
    "a {} on a table", "two {} in the snow", "an old photograph of a {}", "the {} of a small town",
]  # fmt: skip
_THINGS = ["dog", "bridge", "lamp", "harbour", "violin"]
QUERIES = [text.format(thing) for text in _TEXTS for thing in _THINGS]


def main() -> None:
    """Make the warehouse and the encoder, run the sides in turn, print the table and the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=1_000_000, help="images")
    common_flags(parser)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.work) as work:
        models = make_encoder(Path(work))
        make_warehouse(Path(work, "warehouse"), arguments.n, models)
        sides = {"view": ours} | ({} if arguments.peer == "none" else {"faiss-flat-fp16": peer})
        found = in_turn(sides, arguments.runs, work, arguments.n, arguments.threads)
        exact = exact_ids(Path(work), arguments.n)
    every = {
        name: summary(name, [_of_queries(run) for run in runs], len(QUERIES), recall(runs[0].answer, exact))
        for name, runs in found.items()
    }  # fmt: skip
    mine, *others = every.values()
    tell("view", arguments.n, mine, others, ["faiss-cpu", "torch", "duckdb", "starlette"],
         more=figures([run.answer for run in found["view"]]))  # fmt: skip


def _of_queries(run: Run) -> Run:
    """Let a side's time be that of its queries alone."""
    return Run(**{**vars(run), "wall_s": sum(run.answer["took_s"])})


def figures(answers: list[dict[str, Any]]) -> dict[str, float]:
    """Return what users wait for: medians and worst of all queries, in milliseconds, and memory in MB."""
    took = np.array([answer["took_s"] for answer in answers]) * 1000
    return {
        "query_ms_median": float(np.median(took)),
        "query_ms_worst": float(took.max()),
        "query_core_ms": float(
            np.median([answer["core_s"] / len(QUERIES) for answer in answers]) * 1000
        ),
        "own_mb": max(answer["own_mb"] for answer in answers),
        "private_mb": max(answer["private_mb"] for answer in answers),
        "first_page_s": float(np.median([answer["first_page_s"] for answer in answers])),
        "first_answer_s": float(np.median([answer["first_answer_s"] for answer in answers])),
    }


def recall(answer: dict[str, Any], exact: list[list[int]]) -> float:
    """Return the share of the exact answers that were given."""
    shares = [len(set(got) & set(right)) / len(right) for got, right in zip(answer["ids"], exact)]
    return float(np.mean(shares))


def vectors(start: int, end: int) -> np.ndarray:
    """Return seeded rows of unit norm, the same for any part: row i is that of block i // _PART_ROWS."""
    made = np.random.default_rng(start // _PART_ROWS).standard_normal(
        (_PART_ROWS, WIDTH), np.float32
    )
    return unit_rows(made)[: end - start].astype(np.float16)


def parts(count: int) -> Iterator[tuple[int, int]]:
    """Yield start and end of each block of rows."""
    for start in range(0, count, _PART_ROWS):
        yield start, min(start + _PART_ROWS, count)


def make_encoder(work: Path) -> Path:
    """Save a CLIP with random weights, and the models file that names it; return the file."""
    import open_clip
    import torch
    from safetensors.torch import save_file

    folder = work / "clip"
    folder.mkdir()
    config = {
        "embed_dim": WIDTH,
        "vision_cfg": {
            "image_size": 32,
            "layers": 1,
            "width": 64,
            "head_width": 32,
            "patch_size": 16,
        },
        "text_cfg": {
            "context_length": 77,
            "vocab_size": 49408,
            "width": 512,
            "heads": 8,
            "layers": 12,
        },
    }
    text = json.dumps({"model_cfg": config, "preprocess_cfg": {}})
    (folder / "open_clip_config.json").write_text(text)
    torch.manual_seed(1)
    made = open_clip.create_model(f"local-dir:{folder}", load_weights=False)
    state = {name: one.contiguous() for name, one in made.state_dict().items()}
    save_file(state, folder / "open_clip_model.safetensors")
    file = work / "models.yaml"
    source = f"{{kind: folder, path: {folder}, loader: open_clip}}"
    file.write_text(
        f"models: {{made: {{role: encoder, licence: own, memory_mb: 260, width: {WIDTH}, source: {source}}}}}"
    )
    return file


def make_warehouse(folder: Path, count: int, models: Path) -> None:
    """Publish n images with vectors, addresses and pairs; their bytes are of no query."""
    from jobs.metric_digest import digest_as_float
    from jobs.widths import ENCODER
    from realsyn_lib.models.registry import load_registry

    digest = digest_as_float(load_registry(models).digest("made"))

    def rows(*names: str, **fixed: Any) -> Iterator[dict[str, Any]]:
        for start, end in parts(count):
            ids = pa.array(np.arange(start, end, dtype=np.int64))
            urls = pa.array([f"https://example.org/{number}.jpg" for number in range(start, end)])
            known = {"image_id": ids, "id": ids, "url": urls, "raw_image_url": urls, "raw_url": urls,
                     "document_id": ids, "alt_text": urls}  # fmt: skip
            some = {name: pa.repeat(pa.scalar(value), end - start) for name, value in fixed.items()}
            yield {name: known[name] for name in names} | some

    def embedded() -> Iterator[dict[str, Any]]:
        for start, end in parts(count):
            ids = pa.array(np.arange(start, end, dtype=np.int64))
            yield {"image_id": ids, "embedding": binary_of(vectors(start, end))}

    publish(
        folder,
        {
            IMAGES_FOUND: rows("document_id", "image_id", "url", "raw_url", "alt_text"),
            FETCHES: rows("image_id", "url"),
            IMAGES: rows("image_id", "document_id", "url", "alt_text"),
            IMAGE_EMBEDDINGS: embedded(),
            IMAGE_DUPLICATES: [{"id": [0, 1], "kind": ["semantic"] * 2, "component_id": [0, 0],
                                "representative_id": [0, 0]}],
            PAIRS: rows("image_id", "raw_image_url", text1="a text"),
            SAMPLES: rows("image_id", tier="all"),
        },
        {"embed_images": {ENCODER: digest}},
    )  # fmt: skip


def ours(work: str, _count: int, threads: int) -> tuple[float, dict[str, Any]]:
    """Start the server, wait until it answers, ask; its start-up is not of the queries."""
    started = time.perf_counter()
    log = Path(work, "log")
    command = [
        sys.executable, "-m", "jobs.cli", "view", "--warehouse", f"{work}/warehouse", "--port", "0",
        "--set", f"resources.threads_per_task={threads}",
    ]  # fmt: skip
    environment = os.environ | {"REALSYN_MODELS_FILE": f"{work}/models.yaml"}
    with log.open("w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env=environment)
    try:
        base, ask = _signed_in(process, log)
        first_page_s = time.perf_counter() - started
        while "Compared with" not in (page := ask(f"{base}/search?q=warm")):
            assert "Not ready yet" in page and time.perf_counter() - started < _PATIENCE_S, page
            time.sleep(0.2)
        ask(f"{base}/search?q=warm+again")
        start_up_s = time.perf_counter() - started
        start_up_ends()
        answer = _asked(process.pid, base, ask)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
    return start_up_s, answer | {"first_page_s": first_page_s, "first_answer_s": start_up_s}


def _signed_in(process: subprocess.Popen[bytes], log: Path) -> tuple[str, Any]:
    """Wait for the address; return it and a function that reads a page of it."""
    while not (found := re.search(r"view: (http://\S+)", log.read_text())):
        assert process.poll() is None, log.read_text()
        time.sleep(0.05)
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def ask(address: str) -> str:
        try:
            with opener.open(address, timeout=300) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as error:
            return error.read().decode()

    ask(found[1])
    return found[1].split("/?")[0], ask


def _asked(pid: int, base: str, ask: Any) -> dict[str, Any]:
    took, ids, own, private = [], [], [], []
    before = core_seconds(pid)
    for text in QUERIES:
        started = time.perf_counter()
        page = ask(f"{base}/search?q={text.replace(' ', '+')}")
        took.append(time.perf_counter() - started)
        own.append(own_mb(pid))
        private.append(private_mb(pid))
        ids.append([int(found) for found in re.findall(r'<a href="/image/(-?\d+)"><img', page)])
    core_s = core_seconds(pid) - before
    memory = {"own_mb": max(own), "private_mb": max(private)}
    return {"took_s": took, "ids": ids, "core_s": core_s, **memory}


def own_mb(pid: int) -> float:
    """Return resident memory of a process less what it has mapped of vector files."""
    total = mapped = 0
    is_vectors = False
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        words = line.split()
        if "-" in words[0] and not words[0].endswith(":"):
            is_vectors = line.endswith("vectors.f16")
        elif words[0] == "Rss:":
            total += int(words[1])
            mapped += int(words[1]) if is_vectors else 0
    return (total - mapped) / 1024


def private_mb(pid: int) -> float:
    """Return resident memory of a process that is of no file."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon:")) / 1024


def queries(work: Path) -> np.ndarray:
    """Return the vectors of the texts, (n, width) float32."""
    from realsyn_lib.models.registry import load_registry
    from udfs.models.context import ModelContext
    from udfs.models.load_encoder import load_encoder

    context = ModelContext(load_registry(work / "models.yaml"), work, threads=2)
    encoder = load_encoder(context, "made")
    return np.concatenate([encoder.embed_texts([text]) for text in QUERIES])


def exact_ids(work: Path, count: int) -> list[list[int]]:
    """Return the ids of the best rows of each query by float64 products, the smaller of equal ones first."""
    asked = queries(work).astype(np.float64)
    found_ids: list[np.ndarray] = [np.empty(0, np.int64)] * len(asked)
    found = [np.empty(0)] * len(asked)
    for start, end in parts(count):
        products = asked @ vectors(start, end).astype(np.float64).T
        for place, row in enumerate(products):
            ids = np.concatenate([found_ids[place], np.arange(start, end)])
            scores = np.concatenate([found[place], row])
            best = np.lexsort((ids, -scores))[:TOP]
            found_ids[place], found[place] = ids[best], scores[best]
    return [ids.tolist() for ids in found_ids]


def peer(work: str, count: int, threads: int) -> tuple[float, dict[str, Any]]:
    """Search the same vectors with faiss' flat float16 index."""
    started = time.perf_counter()
    import faiss

    faiss.omp_set_num_threads(threads)
    index = faiss.IndexScalarQuantizer(
        WIDTH, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    )
    index.train(vectors(0, 1).astype(np.float32))
    for start, end in parts(count):
        index.add(vectors(start, end).astype(np.float32))
    asked = queries(Path(work))
    index.search(asked[:1], TOP)
    start_up_s = time.perf_counter() - started
    start_up_ends()
    took, ids = [], []
    for query in asked:
        began = time.perf_counter()
        ids.append(index.search(query[None], TOP)[1][0].tolist())
        took.append(time.perf_counter() - began)
    return start_up_s, {"took_s": took, "ids": ids}


if __name__ == "__main__":
    main()
