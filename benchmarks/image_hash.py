"""Perceptual hashes of JPEG files: ours through Spark, against imagededup and a plain Pillow loop.

Sides, each with two processes and on the same files:

- ours: what filter_images runs (header, size rules, scaled decode and hash in the guarded child),
  on rows with bytes that Spark reads from parquet;
- pillow-loop: the plain way through Spark, a mapInArrow of ``Image.draft`` to the size at which ours
  decodes, and ``imagehash.phash``; no guard and no rules;
- imagededup: ``PHash().encode_images`` with two workers, on the files in their folder.

Two limits are printed beside them, with ours as a share of each:

- function: the function of ours, called in two processes without Spark on the same parquet files;
- bare-decode: simplejpeg's grey decode at the size that ours needs, of files held in memory.

Start-up is apart: imports, processes, the session, and what the JVM compiles as it goes along. So
both sides with Spark first hash 2,000 of the pictures twice (fewer up to ten times), by the very
plan that is then timed.

Quality is the share of bits that agree with ``imagehash.phash`` of the whole picture, decoded in
full by Pillow, over the first 1,000 files: it shows what a reduced decode loses. A decode without
a hash has none.
"""

import argparse
import contextlib
import io
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import imagehash
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import simplejpeg
from PIL import Image
from side_by_side import (
    common_flags,
    in_turn,
    peer_answer,
    peer_python,
    start_up_ends,
    summary,
    tell,
    warm_session,
)

from realsyn_lib.config import load_config
from realsyn_lib.images.decode import HASH_MIN_SIDE
from realsyn_lib.images.faults import PILLOW_FAULTS
from realsyn_lib.images.phash import hamming_distance
from realsyn_lib.images.rules import ImageRules
from realsyn_lib.tables import IMAGES
from udfs.guarded_decode import ChildLimits
from udfs.measure_images import COLUMNS, measure_images

Hashes = npt.NDArray[np.int64]  # (n, 2): number of a file, its hash
Batches = Iterator[pa.RecordBatch]

_SAMPLES = Path(__file__).parents[1] / "samples" / "pages"
_COMPARED = 1000
_FILE_ROWS = 1000
_WARM_FILES, _WARM_ROWS, _MOST_PASSES = 2, 4000, 10
_SIZE, _QUALITY = (640, 480), 80
_IMAGEDEDUP = """
import json, sys, time, types
started = time.perf_counter()
# Its neural method fetches weights as soon as it is imported; hashes need none of it.
sys.modules["imagededup.methods.cnn"] = types.ModuleType("cnn")
sys.modules["imagededup.methods.cnn"].CNN = None
from imagededup.methods import PHash
method = PHash(verbose=False)
start_up_s = time.perf_counter() - started
answer = method.encode_images(image_dir=sys.argv[1], num_enc_workers=int(sys.argv[2]))
print(json.dumps({"start_up_s": start_up_s, "answer": answer}))
"""


def main() -> None:
    """Make or read the files, run all sides in turn, print the table and the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=Path, help="folder of JPEG files")
    parser.add_argument("--n", type=int, default=8000, help="files that are made without it")
    common_flags(parser)
    arguments = parser.parse_args()
    if arguments.work:
        arguments.work.mkdir(parents=True, exist_ok=True)
    peers: dict[str, Callable[..., tuple[float, Any]]]
    peers = {"pillow-loop": pillow_loop, "imagededup": imagededup}
    limits = {"function": function, "bare-decode": bare_decode}
    if arguments.peer:
        if arguments.peer not in (*peers, "none"):
            parser.error(f"--peer: {arguments.peer!r} is none of {', '.join(peers)} and none")
        peers = {name: work for name, work in peers.items() if name == arguments.peer}
    with tempfile.TemporaryDirectory(dir=arguments.work) as work:
        folder = arguments.images or made_pictures(Path(work) / "pictures", arguments.n)
        files = files_of(folder)
        if not files:
            parser.error(f"--images: {folder} holds no .jpg and no .jpeg")
        rows = packed(folder, Path(work) / "rows")
        home = str(arguments.work or work)
        asked = (str(folder), str(rows), arguments.threads, home)
        runs = in_turn({"ours": ours, **limits, **peers}, arguments.runs, *asked)
        truth = whole_hashes(files[:_COMPARED])
        mean_bytes = round(sum(file.stat().st_size for file in files) / len(files))
    sides = {
        name: summary(name, own, len(files), _agreement(own[0].answer, truth))
        for name, own in runs.items()
    }
    n = {"files": len(files), "mean_bytes": mean_bytes}
    tell(
        "image_hash", n, sides["ours"], [sides[name] for name in peers],
        ["pyspark", "pillow", "imagehash", "simplejpeg", "numpy"], [sides[name] for name in limits],
    )  # fmt: skip


def ours(folder: str, rows: str, threads: int, home: str) -> tuple[float, Hashes]:
    """Hash rows of a parquet file with the function of filter_images."""
    return _through_spark(rows, threads, _measure(), IMAGES.schema_of(*COLUMNS))


def pillow_loop(folder: str, rows: str, threads: int, home: str) -> tuple[float, Hashes]:
    """Hash the same rows as one does without us."""
    return _through_spark(rows, threads, hash_drafts(), "image_id bigint, phash bigint")


def hash_drafts() -> Callable[[Batches], Batches]:
    """Return a function that decodes rows with Pillow at a reduced size and hashes with imagehash."""

    def hashed(data: bytes) -> int | None:
        try:
            image = Image.open(io.BytesIO(data))
            image.draft("L", (HASH_MIN_SIDE, HASH_MIN_SIDE))
            bits = np.packbits(imagehash.phash(image).hash)
        except PILLOW_FAULTS:
            return None
        return int.from_bytes(bits.tobytes(), "big", signed=True)

    def work(batches: Batches) -> Batches:
        for batch in batches:
            hashes = [hashed(data) for data in batch["bytes"].to_pylist()]
            yield pa.RecordBatch.from_arrays(
                [batch["image_id"], pa.array(hashes, pa.int64())], names=["image_id", "phash"]
            )

    return work


def _through_spark(
    rows: str,
    threads: int,
    work: Callable[[Batches], Batches],
    schema: Any,
) -> tuple[float, Hashes]:
    spark, _, start_up_s = warm_session("image_hash", threads)
    started = time.perf_counter()

    def hashed(*places: str) -> pa.Table:
        return spark.read.parquet(*places).mapInArrow(work, schema).toArrow()

    first = sorted(str(file) for file in Path(rows).iterdir())[:_WARM_FILES]
    count = hashed(*first).num_rows
    for _ in range(min(_WARM_ROWS // count, _MOST_PASSES) - 1):
        hashed(*first)
    start_up_s += time.perf_counter() - started
    start_up_ends()
    return start_up_s, _columns(hashed(rows))


def _columns(found: pa.Table) -> Hashes:
    found = found.filter(found["phash"].is_valid())
    return np.stack([found["image_id"].to_numpy(), found["phash"].to_numpy()], axis=1)


def _measure() -> Callable[[Batches], Batches]:
    conf = load_config("local")
    images = conf.images
    rules = ImageRules(images.min_side_px, images.max_aspect_ratio, images.max_pixels)
    return measure_images(rules, ChildLimits(images.decode_timeout_s, 2**31, conf.batch.max_bytes))


def function(folder: str, rows: str, threads: int, home: str) -> tuple[float, Hashes]:
    """Hash the same rows with the function of ours, in processes of this script."""
    files = sorted(str(file) for file in Path(rows).iterdir())
    start_up_s, found = _in_processes(_measured_files, files, threads)
    return start_up_s, np.concatenate(found)


def _measured_files(files: list[str]) -> Callable[[], Hashes]:
    work, batch_rows = _measure(), load_config("local").batch.arrow_rows

    def batches(files: list[str]) -> Batches:
        for file in files:
            yield from pq.ParquetFile(file).iter_batches(batch_rows)

    next(work(batches(files)), None)  # where files are few, a process may have none
    schema = IMAGES.arrow_schema(*COLUMNS)
    return lambda: _columns(pa.Table.from_batches(work(batches(files)), schema))


def bare_decode(folder: str, rows: str, threads: int, home: str) -> tuple[float, Hashes]:
    """Decode the files at the size that the hash needs, and no more."""
    files = [str(file) for file in files_of(Path(folder))]
    start_up_s, _ = _in_processes(_decoded_files, files, threads)
    return start_up_s, np.empty((0, 2), np.int64)


def _decoded_files(files: list[str]) -> Callable[[], None]:
    held = [Path(file).read_bytes() for file in files]

    def decode() -> None:
        for data in held:
            with contextlib.suppress(ValueError, KeyError):  # KeyError: colours it has no name for
                simplejpeg.decode_jpeg(
                    data, "GRAY", min_height=HASH_MIN_SIDE, min_width=HASH_MIN_SIDE
                )

    return decode


def _in_processes(
    prepare: Callable[[list[str]], Callable[[], Any]], files: list[str], count: int
) -> tuple[float, list[Any]]:
    """Give each of some processes its share; return the seconds until all were ready, and answers."""
    os.environ["OMP_NUM_THREADS"] = "1"  # as Spark gives its workers of one core
    started, context = time.perf_counter(), get_context("spawn")
    pipes = []
    for number in range(count):
        here, there = context.Pipe()
        context.Process(target=_serve, args=(there, prepare, files[number::count])).start()
        pipes.append(here)
    for pipe in pipes:
        pipe.recv()
    start_up_s = time.perf_counter() - started
    start_up_ends()
    for pipe in pipes:
        pipe.send("go")
    return start_up_s, [pipe.recv() for pipe in pipes]


def _serve(
    pipe: Connection, prepare: Callable[[list[str]], Callable[[], Any]], share: list[str]
) -> None:
    work = prepare(share)
    pipe.send("ready")
    pipe.recv()
    pipe.send(work())


def imagededup(folder: str, rows: str, threads: int, home: str) -> tuple[float, Hashes]:
    """Hash the files of the folder with imagededup, in an environment of its own."""
    python = peer_python(Path(home) / "imagededup-0.3.3", "imagededup==0.3.3", "pyarrow")
    start_up_s, told = peer_answer(python, _IMAGEDEDUP, folder, threads)
    numbers = {file.name: number for number, file in enumerate(files_of(Path(folder)))}
    found = [(numbers[name], _signed(told[name])) for name in told if name in numbers]
    return start_up_s, np.array(found, np.int64).reshape(-1, 2)


def made_pictures(folder: Path, count: int) -> Path:
    """Write JPEG files of 640 x 480: parts of the sample photographs, scaled a little.

    Quality 80 gives 0.18 bytes a pixel, as many as web photographs have (the samples 0.19).
    """
    folder.mkdir(parents=True)
    with ProcessPoolExecutor() as pool:
        list(pool.map(partial(_write_picture, folder), range(count), chunksize=100))
    return folder


def _write_picture(folder: Path, number: int) -> None:
    generator = np.random.default_rng(number)
    photographs = _photographs()
    image = photographs[number % len(photographs)]
    width = min(image.width, image.height * _SIZE[0] / _SIZE[1]) * generator.uniform(0.85, 1)
    size = np.array([width, width * _SIZE[1] / _SIZE[0]])
    corner = generator.uniform(0, 1, 2) * (np.array(image.size) - size)
    part = image.resize(_SIZE, Image.Resampling.BICUBIC, box=(*corner, *(corner + size)))
    part.save(folder / f"{number:07}.jpg", quality=_QUALITY)


@cache
def _photographs() -> list[Image.Image]:
    """Return the sample photographs that are nearly as large as what is made of them."""
    found = []
    for file in sorted(_SAMPLES.glob("*/images/*.jpg")):
        with contextlib.suppress(OSError), Image.open(file) as image:
            if image.mode == "RGB" and min(image.size) >= 300:
                found.append(image.copy())
    return found


def files_of(folder: Path) -> list[Path]:
    """Return the JPEG files of a folder; a file's number is its place in this list."""
    return sorted(file for file in folder.iterdir() if file.suffix.lower() in (".jpg", ".jpeg"))


def packed(folder: Path, place: Path) -> Path:
    """Write the files as rows of image_bytes, 1,000 in a parquet file."""
    place.mkdir()
    files = files_of(folder)
    for start in range(0, len(files), _FILE_ROWS):
        own = files[start : start + _FILE_ROWS]
        numbers = pa.array(range(start, start + len(own)), pa.int64())
        columns = {
            "image_id": numbers,
            "content_id": numbers,
            "url": pa.array([file.name for file in own]),
            "bytes": pa.array([file.read_bytes() for file in own], pa.binary()),
        }
        pq.write_table(pa.table(columns), place / f"{start:07}.parquet")
    return place


def whole_hashes(files: list[Path]) -> dict[int, int]:
    """Return imagehash's hash of each file that Pillow can decode in full."""
    with ProcessPoolExecutor() as pool:
        found = enumerate(pool.map(_whole_hash, files, chunksize=50))
        return {number: phash for number, phash in found if phash is not None}


def _whole_hash(file: Path) -> int | None:
    try:
        with Image.open(file) as image:
            return _signed(str(imagehash.phash(image)))
    except PILLOW_FAULTS:
        return None


def _signed(text: str) -> int:
    return int.from_bytes(bytes.fromhex(text), "big", signed=True)


def _agreement(answer: Hashes, truth: dict[int, int]) -> float:
    """Return the share of bits that agree; a file without a hash agrees in none."""
    found = dict(answer.tolist())
    pairs = [(found[n], phash) for n, phash in truth.items() if n in found]
    left, right = np.array(pairs, np.int64).reshape(-1, 2).T
    return (64 * len(pairs) - int(hamming_distance(left, right).sum())) / max(64 * len(truth), 1)


if __name__ == "__main__":
    main()
