"""The stage generate_texts from Delta tables to a Delta table, against its engine called directly.

The engine is the local profile's generator, llama.cpp with one thread in each of ``--threads``
processes, which take eight prompts at a time until none is left. Ours reads two tables, digests the
prompts, asks, keeps the answers in commits of ``batch.answer_rows``, checks them and proves its
keys. Both load and warm the model first; a rerun of ours, which asks nobody, is told apart. Quality
is the share of answers that are those of the engine.
"""

import argparse
import os
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from itertools import islice, product
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from made_line import Line, filled_rows
from side_by_side import common_flags, in_turn, start_up_ends, summary, tell, warm_session

from realsyn_lib.generation.prompt import merge_prompt
from realsyn_lib.tables import IMAGE_DESCRIPTIONS, LLM_ANSWERS, RETRIEVED_TEXTS, SYNTHETIC_TEXTS

MODEL = "smollm2-135m-instruct"
_AT_ONCE = 8
_THINGS = (
    "mill",
    "hen",
    "bridge",
    "boat",
    "barn",
    "fox",
    "lighthouse",
    "market",
    "tram",
    "orchard",
)
_PLACES = ("by the river", "in the old town", "near the harbour", "behind the church",
           "on the hill above the village", "beside the road to the coast")  # fmt: skip
_DEEDS = ("was photographed early in the morning", "drew many visitors that summer",
          "had been restored with great care", "is older than anything around it",
          "appears in several letters of that time")  # fmt: skip
_FILES = ("texts.parquet", "seen.parquet")


def main() -> None:
    """Make the tables, run both sides in turn, print the table and the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=300, help="images, each with a prompt of its own")
    parser.add_argument("--new-tokens", type=int, default=96)
    common_flags(parser)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.work) as work:
        make_tables(arguments.n, Path(work))
        make_tables(2 * arguments.threads, Path(work, "small"))
        sides = {"ours": ours} if arguments.peer == "none" else {"ours": ours, "engine": engine}
        found = in_turn(sides, arguments.runs, work, arguments.threads, arguments.new_tokens)
    answers, again_s, rerun = found["ours"][0].answer
    wanted = found["engine"][0].answer if "engine" in found else answers
    same = sum(answers.get(text) == answer for text, answer in wanted.items()) / len(wanted)
    mine = summary("stage", found["ours"], arguments.n, same)
    peers = [summary("engine", found["engine"], arguments.n, 1.0)] if "engine" in found else []
    print(f"a forced rerun: {again_s:.2f} s of wall, {rerun['asked_prompts']:.0f} prompts asked")
    if peers:
        print(
            f"core-seconds of the engine over those of the stage: {peers[0].cpu_s / mine.cpu_s:.3f}"
        )
    tell("generation", arguments.n, mine, peers, ["pyspark", "delta-spark", "xllamacpp"])


def made_texts(count: int) -> list[tuple[str, str]]:
    """Return so many different sentences, each with the thing it is about."""
    phrases = islice(product(range(count), _DEEDS, _PLACES, _THINGS), count)
    return [
        (f"The {thing} {place} {deed} in {1700 + number}.", thing)
        for number, deed, place, thing in phrases
    ]


def make_tables(count: int, folder: Path) -> None:
    """Write what generate_texts reads."""
    folder.mkdir(exist_ok=True)
    texts, things = zip(*made_texts(count), strict=True)
    ids = pa.array(range(count), pa.int64())
    closest = {"image_id": ids, "rank": pa.repeat(1, count), "text": pa.array(texts)}
    seen = {
        "image_id": ids,
        "caption": pa.array([f"A photo of a {thing}." for thing in things]),
        "tags": pa.array([[thing] for thing in things]),
    }
    for table, columns, file in zip(
        (RETRIEVED_TEXTS, IMAGE_DESCRIPTIONS), (closest, seen), _FILES, strict=True
    ):
        pq.write_table(filled_rows(table, columns, count), folder / file)


def ours(work: str, threads: int, new_tokens: int) -> tuple[float, Any]:
    """Run the stage over the tables; return the answers by text, and what a rerun costs."""
    started = time.perf_counter()
    spark, config, _ = warm_session(
        "generation", threads, f"spark.shuffle_partitions={threads}", f"resources.generator_tasks={threads}",
        f"generate.max_new_tokens={new_tokens}",
    )  # fmt: skip
    lines = []
    for part in ("small", "."):
        place = Path(work, part)
        folder = Path(tempfile.mkdtemp(dir=work))
        tables = (RETRIEVED_TEXTS, IMAGE_DESCRIPTIONS, SYNTHETIC_TEXTS)
        lines.append(Line(spark, config, folder, "generate_texts", *tables))
        lines[-1].publish(tuple(place / file for file in _FILES))
    lines[0].run()  # the workers load the model
    start_up_s = time.perf_counter() - started
    start_up_ends()
    lines[1].run()
    ended = time.perf_counter()
    answers = _answers(spark, lines[1])
    again_s = lines[1].run(force=True).wall_s
    rerun = lines[1].metrics()
    return start_up_s + time.perf_counter() - ended, (answers, again_s, rerun)


def _answers(spark: Any, line: Line) -> dict[str, str]:
    """Return the kept answers by the sentence they were asked for."""
    kept = line.warehouse().read(LLM_ANSWERS).select("prompt_digest", "answer")
    digests = line.warehouse().read(SYNTHETIC_TEXTS).select("image_id", "prompt_digest")
    texts = line.warehouse().read(RETRIEVED_TEXTS).select("image_id", "text")
    rows = kept.join(digests, "prompt_digest").join(texts, "image_id").select("text", "answer")
    return {row["text"]: row["answer"] for row in rows.collect()}


def engine(work: str, threads: int, new_tokens: int) -> tuple[float, Any]:
    """Ask the model directly in as many processes; return the answers by text."""
    started = time.perf_counter()
    rows = zip(*(pq.read_table(Path(work, file)).to_pylist() for file in _FILES), strict=True)
    prompts = [(a["text"], b["caption"], b["tags"]) for a, b in rows]
    parts = [prompts[n : n + _AT_ONCE] for n in range(0, len(prompts), _AT_ONCE)]
    with ProcessPoolExecutor(threads, get_context("spawn")) as pool:
        list(pool.map(_warm, range(threads), chunksize=1))
        start_up_s = time.perf_counter() - started
        start_up_ends()
        found = pool.map(_written, parts, [new_tokens] * len(parts))
        answers = [answer for part in found for answer in part]
    return start_up_s, {text: answer for (text, _, _), answer in zip(prompts, answers, strict=True)}


def _warm(_number: int) -> int:
    _written([("The mill stands.", "A photo of a mill.", ["mill"])], 8)
    time.sleep(2)  # the other processes take their share of the warming meanwhile
    return os.getpid()


def _written(part: Any, new_tokens: int) -> list[str]:
    from udfs.models.generator import Message

    prompts = [[Message(turn.role, turn.text) for turn in merge_prompt(*task)] for task in part]
    return [answer.text for answer in _model().generate(prompts, new_tokens)]


@cache
def _model() -> Any:
    from jobs.model_digests import open_registry
    from udfs.models.context import ModelContext
    from udfs.models.load_generator import load_generator

    return load_generator(ModelContext.of(open_registry()), MODEL)


if __name__ == "__main__":
    main()
