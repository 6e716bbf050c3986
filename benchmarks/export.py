"""Webdataset shards of one tier out of Delta tables, against plain tarfile writing of the same bytes.

Both sides get pictures that need no scaling, and ours keeps their coded pixels (``skip_reencode``), so
that no time goes into pictures: what is left is reading, ordering by hash rank, moving the bytes once,
JSON, tar, digests, tables and counts beside the shards, and syncing them. The peer reads the same two
tables' files with pyarrow and writes the same three members a sample with Python's tarfile, in the
order in which the rows lie, and proves, hashes and syncs nothing: ``tarfile`` is one process,
``tarfile-N`` as many as ours has tasks. Quality is the share of samples that are read back with the
picture and the texts of their row.
"""

import argparse
import io
import json
import tarfile
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from itertools import groupby
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from made_line import filled_rows
from PIL import Image
from side_by_side import common_flags, in_turn, start_up_ends, summary, tell, warm_session

from realsyn_lib.tables import IMAGE_BYTES, PAIRS, SAMPLES, Table

SHARD_ROWS = 1_000  # of the local profile
TIER = "all"
_PICTURES = 64
_TEXTS = ("text1", "text2", "text3", "syn_text")
_READ = ("image_id", "bytes", "sha256")
_PART_ROWS = 5_000
_WARM_ROWS = 2_000


def main() -> None:
    """Make the tables, run the sides in turn, print the table and the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=40_000, help="rows of the tier")
    common_flags(parser)
    arguments = parser.parse_args()
    threads = arguments.threads
    sides: dict[str, Callable[..., tuple[float, Any]]] = {"ours": ours}
    if arguments.peer != "none":
        sides |= {"tarfile": plain, f"tarfile-{threads}": partial(plain, processes=threads)}
    with tempfile.TemporaryDirectory(dir=arguments.work) as work:
        make_tables(arguments.n, Path(work, "tables"))
        make_tables(_WARM_ROWS, Path(work, "small"))
        found = in_turn(sides, arguments.runs, work, threads)
    every = {name: summary(name, runs, arguments.n, runs[0].answer) for name, runs in found.items()}
    mine, *others = every.values()
    tell("export", arguments.n, mine, others[:1], ["pyspark", "delta-spark", "pyarrow"], others[1:])


@cache
def made_pictures() -> list[bytes]:
    """Return JPEG files of seeded shapes and noise, 20 to 60 KB each."""
    generator = np.random.default_rng(4)
    found = []
    for number in range(_PICTURES):
        coarse = generator.integers(0, 256, (12, 16, 3), dtype=np.uint8)
        image = Image.fromarray(coarse).resize((400, 300), Image.Resampling.BICUBIC)
        noise = generator.normal(0, 4 + number % 8, (300, 400, 3))
        levels = np.clip(np.array(image) + noise, 0, 255).astype(np.uint8)
        written = io.BytesIO()
        Image.fromarray(levels).save(written, format="JPEG", quality=90)
        found.append(written.getvalue())
    return found


def row_of(number: int) -> dict[str, str]:
    """Return the texts of a row."""
    said = "stands by the river and was photographed early on a clear morning"
    return {name: f"Picture {number} {said}, says {name}." for name in _TEXTS}


def make_tables(count: int, folder: Path) -> None:
    """Write samples, pairs and image_bytes as Delta tables, the bytes in some files."""
    from deltalake import write_deltalake

    pictures = made_pictures()
    for start in range(0, count, _PART_ROWS):
        numbers = range(start, min(count, start + _PART_ROWS))
        ids = pa.array(numbers, pa.int64())
        texts = [row_of(number) for number in numbers]
        urls = pa.array([f"https://example.org/{number}.jpg" for number in numbers])
        columns: dict[Table, dict[str, Any]] = {
            SAMPLES: {"image_id": ids, "tier": pa.array([TIER] * len(numbers))},
            PAIRS: {
                "image_id": ids,
                "raw_image_url": urls,
                **{name: pa.array([row[name] for row in texts]) for name in _TEXTS},
            },
            IMAGE_BYTES: {
                "image_id": ids,
                "bytes": pa.array([pictures[number % _PICTURES] for number in numbers]),
                "sha256": pa.array([f"{number:064x}" for number in numbers]),
            },
        }
        for table, given in columns.items():
            rows = filled_rows(table, given, len(numbers))
            write_deltalake(str(folder / table.name), rows, mode="append")


def ours(work: str, threads: int) -> tuple[float, float]:
    """Export the tier; return the share of samples that came back as they went in."""
    from jobs.export_tier import ExportSettings, Release, export_tier
    from jobs.settings import limits_of

    started = time.perf_counter()
    spark, config, _ = warm_session(
        "export", threads, f"spark.shuffle_partitions={threads}", "release.skip_reencode=true",
        f"release.shard_rows={SHARD_ROWS}",
    )  # fmt: skip
    settings = ExportSettings(config.release, config.images, limits_of(config.images, config.batch))

    def export(tables: str, place: str) -> None:
        release = Release(
            lambda table: spark.read.format("delta").load(f"{work}/{tables}/{table.name}")
        )
        export_tier(release, TIER, "webdataset", place, settings)

    with tempfile.TemporaryDirectory(dir=work) as folder:
        export("small", f"{folder}/small")
        start_up_s = time.perf_counter() - started
        start_up_ends()
        export("tables", f"{folder}/all")
        ended = time.perf_counter()
        quality = read_back(Path(folder, "all"))
    return start_up_s + time.perf_counter() - ended, quality


def plain(work: str, threads: int, processes: int = 1) -> tuple[float, float]:
    """Write the same members with tarfile; return the share of samples that came back."""
    started = time.perf_counter()
    with (
        tempfile.TemporaryDirectory(dir=work) as folder,
        ProcessPoolExecutor(processes, get_context("spawn")) as pool,
    ):
        list(pool.map(_write_part, [f"{work}/small"] * processes, *_parts(processes, folder)))
        for file in Path(folder).iterdir():
            file.unlink()
        start_up_s = time.perf_counter() - started
        start_up_ends()
        list(pool.map(_write_part, [f"{work}/tables"] * processes, *_parts(processes, folder)))
        ended = time.perf_counter()
        quality = read_back(Path(folder))
    return start_up_s + time.perf_counter() - ended, quality


def _parts(processes: int, folder: str) -> tuple[list[int], list[int], list[str]]:
    return list(range(processes)), [processes] * processes, [folder] * processes


def _write_part(tables: str, part: int, parts: int, folder: str) -> None:
    """Write every ``parts``-th file of the table of bytes into shards of its own."""
    from deltalake import DeltaTable

    pairs = DeltaTable(f"{tables}/{PAIRS.name}").to_pyarrow_table().to_pylist()
    texts = {row["image_id"]: row for row in pairs}
    files = sorted(DeltaTable(f"{tables}/{IMAGE_BYTES.name}").file_uris())[part::parts]
    samples = (
        (texts[number], data, digest)
        for file in files
        for batch in pq.ParquetFile(file).iter_batches(batch_size=512, columns=list(_READ))
        for number, data, digest in zip(*(batch[name].to_pylist() for name in _READ), strict=True)
    )
    numbered = groupby(enumerate(samples), key=lambda placed: placed[0] // SHARD_ROWS)
    for shard_no, rows in numbered:
        with tarfile.open(Path(folder, f"{part * 1000 + shard_no:05d}.tar"), "w") as tar:
            for index, (row, data, digest) in rows:
                key = f"{shard_no:05d}{index % SHARD_ROWS:04d}"
                facts = row | {"image_id": str(row["image_id"]), "sha256": digest}
                _add(tar, f"{key}.jpg", data)
                _add(tar, f"{key}.json", json.dumps(facts).encode())
                _add(tar, f"{key}.txt", row["text1"].encode())


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    tar.addfile(member, io.BytesIO(data))


def read_back(place: Path) -> float:
    """Return the share of a tier's samples whose picture, caption and texts are those of their row."""
    import webdataset

    pictures = made_pictures()
    right: set[int] = set()
    count = 0
    for shard in sorted(place.glob("*.tar")):
        for sample in webdataset.WebDataset(str(shard), shardshuffle=False):
            told, count = json.loads(sample["json"]), count + 1
            number = int(told["image_id"])
            wanted = row_of(number)
            is_right = sample["jpg"] == pictures[number % _PICTURES]
            is_right &= {name: told[name] for name in _TEXTS} == wanted
            if is_right and sample["txt"].decode() == wanted["text1"]:
                right.add(number)
    return len(right) / count


if __name__ == "__main__":
    main()
