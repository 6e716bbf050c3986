"""The benchmark's plain twins do the line's work: on its tables they find its rows."""

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from realsyn_lib.config import load_config
from realsyn_lib.tables import (
    DOCUMENTS,
    IMAGE_BYTES,
    IMAGE_DUPLICATES,
    IMAGE_EMBEDDINGS,
    IMAGES,
    RETRIEVED_TEXTS,
    SENTENCE_CLUSTERS,
    SENTENCE_DUPLICATES,
    TABLES_BY_NAME,
)
from tests.equal_tables import published
from tests.slices import SAMPLES
from udfs.mapped_words import WordFile

pytestmark = [pytest.mark.spark, pytest.mark.models]
BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def plain(demo_warehouse, tmp_path_factory) -> Iterator:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        from plain_line import Plain

        with ProcessPoolExecutor(2, get_context("spawn")) as pool:
            yield Plain(
                config=load_config("local", []),
                read=lambda name: published(demo_warehouse).read(TABLES_BY_NAME[name]),
                pool=pool,
                processes=2,
                folder=tmp_path_factory.mktemp("plain"),
                pages=str(SAMPLES),
                words=WordFile("unused", ""),
            )


@pytest.mark.demo
@pytest.mark.parametrize(
    ("stage", "table"),
    [
        ("extract_documents", DOCUMENTS),
        ("fetch_images", IMAGE_BYTES),
        ("filter_images", IMAGES),
        ("embed_images", IMAGE_EMBEDDINGS),
        ("dedup_images", IMAGE_DUPLICATES),
        ("dedup_sentences", SENTENCE_DUPLICATES),
        ("cluster_sentences", SENTENCE_CLUSTERS),
        ("retrieve_texts", RETRIEVED_TEXTS),
    ],
)
def test_the_twin_of_a_stage_finds_as_many_rows(plain, demo, stage, table):
    from plain_line import STAGES

    assert STAGES[stage](plain) == len(demo(table))


@pytest.mark.demo
def test_the_twins_find_the_same_duplicates(plain, demo):
    from plain_line import STAGES

    for stage, table in (
        ("dedup_images", IMAGE_DUPLICATES),
        ("dedup_sentences", SENTENCE_DUPLICATES),
    ):
        STAGES[stage](plain)
        found = pq.read_table(plain.folder / f"{table.name}.parquet")["id"].to_pylist()
        assert sorted(found) == sorted(row["id"] for row in demo(table))


@pytest.mark.long
def test_the_benchmark_prints_a_row_a_stage_and_one_line_of_figures(tmp_path):
    command = [sys.executable, BENCHMARKS / "engine_share.py", "--input", SAMPLES / "animals"]
    command += ["--sentences", "40", "--images", "4", "--to", "fetch_images", "--runs", "1"]
    done = subprocess.run(
        [*map(str, command), "--work", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines[1:3]] == ["extract_documents", "fetch_images"]
    figures = json.loads(lines[-1])
    assert figures["name"] == "engine_share"
    assert figures["n"] == {"sentences": 40, "images": 4}
    assert figures["share_on_top"].keys() == {"without"}
    assert figures["ratio"] == pytest.approx(figures["ours"] / figures["peer"])
