"""OBELICS parquet read to images_found and sentences_found, against a plain pandas loop.

Ours is the stage extract_documents from the parquet files to committed Delta tables: rows checked,
pages that come twice found, keys proven, rows accounted for. The loop reads the same files with
pandas, goes over the rows, cleans texts and addresses with the same functions, splits with NLTK's
own Punkt and the same tables, hashes the same ids, and writes two parquet files; it checks nothing.
Rates are documents per core-second, of all processes of a side, so that other work on the machine
and the number of cores do not count. Quality is the share of ids that both found.

A stage has a part that does not grow with its rows (commits, locks, the JVM that compiles what it
runs). So ours reads a quarter of the documents first, and ``rows beyond a quarter`` tells what the
others took on top: the rate that counts at size.

The documents are those of ``--input`` with some words changed at random, so that no document and
few pairs of words are met twice.
"""

import argparse
import hashlib
import json
import os
import random
import string
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from side_by_side import (
    Run,
    common_flags,
    core_seconds,
    in_turn,
    start_up_ends,
    summary,
    tell,
    warm_session,
)

from realsyn_lib.documents import ImageItem
from realsyn_lib.sources.html import parse_html
from realsyn_lib.sources.obelics import OBELICS_SCHEMA

_CHANGED_SHARE = 0.08  # of the words
_FILES = 8


def main() -> None:
    """Make the files, run both sides in turn, print the table and the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=8000, help="documents")
    parser.add_argument("--input", type=Path, default=Path("samples/pages"), help="HTML pages")
    common_flags(parser)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.work) as work:
        pages = _pages(arguments.input)
        make_files(pages, arguments.n, Path(work, "obelics"))
        make_files(pages, arguments.n // 4, Path(work, "quarter"))
        make_files(pages, 50 * arguments.threads, Path(work, "warm"))
        sides = {"extract_documents": extracted}
        if arguments.peer != "none":
            sides["pandas loop"] = looped
        runs = in_turn(sides, arguments.runs, work, arguments.threads)
        _report(runs, arguments.n)


def make_files(pages: list[list[str | ImageItem]], n: int, folder: Path) -> None:
    """Write ``n`` rows of OBELICS in a few files, the same for the same pages."""
    folder.mkdir()
    per_file = -(-n // _FILES)
    for first in range(0, n, per_file):
        numbers = range(first, min(first + per_file, n))
        rows = [_row(pages[number % len(pages)], number) for number in numbers]
        table = pa.Table.from_pylist(rows, schema=OBELICS_SCHEMA)
        pq.write_table(table, folder / f"train-{first:07d}.parquet")


def extracted(work: str, threads: int) -> tuple[float, Any]:
    """Run the stage, warmed on a small input; start-up is the session and that run."""
    started = time.perf_counter()
    spark, config, _ = warm_session("read_obelics", threads)
    _run_stage(spark, config, Path(work, "warm"), Path(work, f"warm-{os.getpid()}"))
    before = core_seconds(os.getpid())
    _run_stage(spark, config, Path(work, "quarter"), Path(work, f"quarter-{os.getpid()}"))
    quarter_s = core_seconds(os.getpid()) - before
    start_up_ends()
    start_up_s = time.perf_counter() - started
    place = Path(work, f"ours-{os.getpid()}")
    _run_stage(spark, config, Path(work, "obelics"), place)
    return start_up_s, {"place": str(place), "quarter_s": quarter_s}


def looped(work: str, threads: int) -> tuple[float, Any]:
    """Go over the rows with pandas, as one would without Spark; one process."""
    import pandas as pd

    from jobs.model_digests import model_folder_of
    from realsyn_lib.sentences.clean import clean_text, paragraphs_of
    from realsyn_lib.sentences.split import load_splitter
    from realsyn_lib.urls import canonical_url

    started = time.perf_counter()
    punkt = load_splitter(model_folder_of("punkt"))._punkt
    start_up_ends()
    start_up_s = time.perf_counter() - started
    images, sentences = [], []
    for file in sorted(Path(work, "obelics").iterdir()):
        for row in pd.read_parquet(file).itertuples(index=False):
            url = canonical_url(json.loads(row.general_metadata)["url"], "").url
            document_id, entries, position = _id_of(str(url)), json.loads(row.metadata), 0
            for image, text, entry in zip(row.images, row.texts, entries, strict=True):
                if image is not None:
                    found = canonical_url(image, "").url
                    images.append({
                        "document_id": document_id, "position": position, "url": found,
                        "image_id": _id_of(str(found)), "raw_url": clean_text(image),
                        "alt_text": clean_text(entry.get("alt_text") or "") or None,
                    })  # fmt: skip
                    position += 1
                    continue
                for paragraph in paragraphs_of(text or ""):
                    parts = [p for line in paragraph.split("\n") for p in punkt.tokenize(line)]
                    sentences += [
                        {"document_id": document_id, "position": position, "sentence_no": number,
                         "text": part, "sentence_id": _id_of(part)}
                        for number, part in enumerate(parts)
                    ]  # fmt: skip
                    position += 1
    place = Path(work, f"loop-{os.getpid()}")
    place.mkdir()
    pd.DataFrame(images).to_parquet(place / "images_found.parquet")
    pd.DataFrame(sentences).to_parquet(place / "sentences_found.parquet")
    return start_up_s, {"place": str(place), "quarter_s": 0.0}


def _run_stage(spark: Any, config: Any, source: Path, place: Path) -> None:
    from jobs.inputs import InputSpec, list_inputs
    from jobs.model_digests import stage_model_digests
    from jobs.plan import outside_versions, work_of
    from jobs.progress import Reporter
    from jobs.runner import Runner
    from jobs.warehouse import Warehouse
    from realsyn_lib.stages import stage_named

    inputs, spec = InputSpec((str(source),), "obelics"), stage_named("extract_documents")
    with open(os.devnull, "w", encoding="utf-8") as silent:
        runner = Runner(
            config, Warehouse(spark, str(place)), inputs, list_inputs(inputs),
            Reporter(spark, 1, silent), stage_model_digests(),
        )  # fmt: skip
        runner.begin()
        runner.run(spec, work_of(spec), outside_versions(runner, spec))


def _pages(folder: Path) -> list[list[str | ImageItem]]:
    """Return the items of each page, paragraphs as texts."""
    found = []
    for path in sorted(folder.rglob("*.html")):
        items = parse_html(path.name, path.name, path.read_bytes()).items
        if items:
            found.append([item if isinstance(item, ImageItem) else item.text for item in items])
    return found


def _row(items: list[str | ImageItem], number: int) -> dict[str, object]:
    rng = random.Random(number)
    folder = f"https://i{number % 97}.example/{number}"
    images = [
        f"{folder}/{place}.jpg?utm_source=x" if isinstance(item, ImageItem) else None
        for place, item in enumerate(items)
    ]  # fmt: skip
    texts = [None if isinstance(item, ImageItem) else _changed(item, rng) for item in items]
    page = f"https://www{number % 31}.example/page/{number}"
    entries = [
        {"document_url": page, "src": url, "alt_text": item.alt_text, "format": "jpg",
         "original_width": 640, "original_height": 480} if isinstance(item, ImageItem) else None
        for item, url in zip(items, images, strict=True)
    ]  # fmt: skip
    return {
        "images": images, "texts": texts, "metadata": json.dumps(entries),
        "general_metadata": json.dumps({"url": page}),
    }  # fmt: skip


def _changed(text: str, rng: random.Random) -> str:
    """Replace some words by made ones of their length and case."""
    words = text.split(" ")
    for place, word in enumerate(words):
        if word.isalpha() and rng.random() < _CHANGED_SHARE:
            made = "".join(rng.choices(string.ascii_lowercase, k=len(word)))
            words[place] = made.capitalize() if word[0].isupper() else made
    return " ".join(words)


def _id_of(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big", signed=True)


def _ids(place: str, table: str, column: str) -> set[tuple[int, int, int]]:
    from deltalake import DeltaTable

    names = ["document_id", "position", column]
    file = Path(place, f"{table}.parquet")
    rows = (
        pq.read_table(file, columns=names)
        if file.exists()
        else DeltaTable(str(Path(place, table))).to_pyarrow_table(columns=names)
    )
    return set(zip(*(rows[name].to_pylist() for name in names), strict=True))


def _report(runs: dict[str, list[Run]], n: int) -> None:
    told: dict[str, Any] = {}
    found = {
        name: _ids(done[-1].answer["place"], "images_found", "image_id")
        | _ids(done[-1].answer["place"], "sentences_found", "sentence_id")
        for name, done in runs.items()
    }
    common = set.intersection(*found.values())
    for name, done in runs.items():
        per_core = [replace(run, wall_s=run.cpu_s) for run in done]
        told[name] = summary(name, per_core, n, len(common) / len(found[name]))
    beyond = [
        replace(
            run,
            wall_s=run.cpu_s - run.answer["quarter_s"],
            cpu_s=run.cpu_s - run.answer["quarter_s"],
        )
        for run in runs["extract_documents"]
    ]
    more = summary("rows beyond a quarter", beyond, n - n // 4, 1.0)
    print(f"{len(common)} images and sentences; seconds are core-seconds")
    peers = [told["pandas loop"]] if "pandas loop" in told else []
    packages = ["pyspark", "pandas", "nltk", "pyarrow"]
    tell("read_obelics", n, told["extract_documents"], peers, packages, [more])


if __name__ == "__main__":
    main()
