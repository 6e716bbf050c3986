"""The sentence rules without models: rates a core-second, and the rule on words beside data-juicer's.

Both sides keep sentences of 3 to 81 words and return the ids kept: the one rule that both have (its
links and emoji are cleaned away, not judged). Quality is the share of sentences with our verdict:
data-juicer cuts at white space, so ``U.S.`` is one word to it and a lone dash is none.
"""

import argparse
import gzip
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count, islice
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from side_by_side import (
    common_flags,
    in_turn,
    peer_answer,
    peer_python,
    settled,
    start_up_ends,
    summary,
    tell,
    warm_session,
)

from realsyn_lib.sentences.rules import (
    SentenceRules,
    is_plain_sql,
    text_reason_sql,
    word_count_sql,
)

RULES = SentenceRules()
CORPUS = Path(__file__).parents[2] / "shared/corpus/sentences/sentences.txt.gz"
SAMPLES = Path(__file__).parents[1] / "samples/pages"
# It installs ray and torch by itself as soon as it runs, on its clock, unless they are there.
_PACKAGES = ("py-data-juicer==1.6.1", "aiohttp", "ray==2.60.0", "torch==2.15.0")
_WARMING = 3  # runs of our plan that the JVM compiles in
_PEER = """
import json, os, sys, time
place, processes, kept = sys.argv[1], int(sys.argv[2]), sys.argv[3]
started = time.perf_counter()
import pyarrow as pa, pyarrow.parquet as pq
from datasets import Dataset, disable_caching, disable_progress_bars
from data_juicer.core.data import NestedDataset
from data_juicer.ops.filter.words_num_filter import WordsNumFilter
disable_caching(); disable_progress_bars()
rows = NestedDataset(Dataset.from_parquet(place, keep_in_memory=False))
rule = WordsNumFilter(min_num=3, max_num=81, num_proc=processes)
rule.run(rows.select(range(min(64, len(rows)))))  # imports and processes of its own
start_up_s, start_up_core_s = time.perf_counter() - started, sum(os.times()[:4])
left = rule.run(rows)
pq.write_table(pa.table({"id": left["id"][:]}), kept)
print(json.dumps({"start_up_s": start_up_s, "start_up_core_s": start_up_core_s, "answer": len(left)}))
"""


def main() -> None:
    """Make or read the sentences, measure our rates, run both sides in turn, print the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sentences", type=Path, help="FILE.parquet with id (bigint), text")
    parser.add_argument("--n", type=int, default=1_000_000, help="sentences made without it")
    common_flags(parser)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.work) as work:
        place = arguments.sentences or Path(work) / "sentences.parquet"
        if not arguments.sentences:
            write_sentences(place, made_sentences(arguments.n))
        rows = pq.ParquetFile(place).metadata.num_rows
        asked = (str(place), arguments.threads, work)
        sides: dict[str, Callable[..., tuple[float, object]]] = {"ours": ours}
        if arguments.peer != "none":
            peer_python(Path(work).parent / "data-juicer", *_PACKAGES)
            sides["data-juicer"] = data_juicer
        runs = in_turn(sides, arguments.runs, *asked)
        measured = in_turn({"rates": rates}, 1, *asked)["rates"][0].answer
    kept = {name: set(own[0].answer) for name, own in runs.items()}
    found = {
        name: summary(name, own, rows, 1 - len(kept[name] ^ kept["ours"]) / rows)
        for name, own in runs.items()
    }
    n = {"sentences": rows, "rates_per_core": measured}
    tell("sentence_rules", n, found.pop("ours"), list(found.values()), ["pyspark", "pyarrow"])


def ours(place: str, threads: int, work: str) -> tuple[float, list[int]]:
    """Count words and judge them in Spark SQL, and write the ids kept."""
    started = time.perf_counter()
    spark, _, _ = warm_session("sentence_rules", threads)
    words = f"{word_count_sql('text', is_plain_sql('text'))} AS words"
    counted = spark.read.parquet(place).selectExpr("id", words)
    kept = counted.where(f"words BETWEEN {RULES.min_words} AND {RULES.max_words}").select("id")
    for _ in range(_WARMING):
        kept.write.mode("overwrite").parquet(f"{work}/warming")
    start_up_ends()
    start_up_s = time.perf_counter() - started
    kept.write.mode("overwrite").parquet(f"{work}/ours")
    return start_up_s, pq.read_table(f"{work}/ours")["id"].to_pylist()


def data_juicer(place: str, threads: int, work: str) -> tuple[float, list[int]]:
    """The same rule by data-juicer, in its own environment and as many processes."""
    python = peer_python(Path(work).parent / "data-juicer", *_PACKAGES)
    start_up_s, _ = peer_answer(python, _PEER, place, threads, f"{work}/theirs.parquet")
    return start_up_s, pq.read_table(f"{work}/theirs.parquet")["id"].to_pylist()


def rates(place: str, threads: int, work: str) -> tuple[float, dict[str, float]]:
    """Return sentences a core-second of each part of the stage, reading and the hop included.

    Core-seconds of JVM and workers once the plan is compiled.
    """
    from jobs.filter_sentences import word_shares
    from jobs.model_digests import open_registry, parser_use
    from udfs.mapped_words import WordFile

    spark, conf, start_up_s = warm_session("sentence_rules", threads)
    found = spark.read.parquet(place)
    rows = found.count()

    def shares() -> pa.Table:  # anew each time: a frame that has run keeps its shuffle's files
        frame = word_shares(spark.read.parquet(place), conf.sentences.max_vocabulary)
        return frame.select("word", "share").toArrow()

    words = shares().sort_by("word")
    with pa.ipc.new_file(f"{work}/words.arrow", words.schema) as file:
        file.write_table(words)
    word_file = WordFile(f"{work}/words.arrow", "0" * 64)
    parser = parser_use(open_registry(), conf.models.parser)
    judged = _judged(found)
    passed = judged.where("drop_reason IS NULL").select("text", "drop_reason")
    kinds = "entropy_bits float, drop_reason string"
    parts = {
        "read": found.selectExpr("octet_length(text)"),
        "and ask whether a text is plain": found.selectExpr(is_plain_sql("text")),
        "and count its words": judged.select("word_count"),
        "emoji, URL, word count in SQL": judged.select("word_count", "drop_reason"),
        "and entropy": passed.mapInArrow(_dear_rules(word_file, None), kinds),
        "and the light parser, without entropy": passed.mapInArrow(
            _dear_rules(None, parser), "complexity int, drop_reason string"
        ),
        "and the light parser and entropy": passed.mapInArrow(
            _dear_rules(word_file, parser), "complexity int, " + kinds
        ),
    }
    works: dict[str, Callable[[], object]] = {
        name: partial(_run, frame) for name, frame in parts.items()
    }
    works["counting the words of the corpus"] = shares
    found_rates = {}
    for name, work_of in works.items():
        found_rates[name] = rows / settled(work_of)
        print(f"{name:<40}{found_rates[name]:>14,.0f} a core-second", flush=True)
    return start_up_s, found_rates


def _judged(found):  # type: ignore[no-untyped-def]
    """Add what Spark SQL works out, column by column as the stage does."""
    from pyspark.sql.functions import expr

    rows = found.withColumn("is_plain", expr(is_plain_sql("text")))
    rows = rows.withColumn("word_count", expr(word_count_sql("text", "is_plain")))
    reason = text_reason_sql("text", "is_plain", "word_count", RULES)
    return rows.withColumn("drop_reason", expr(reason))


def _run(frame) -> None:  # type: ignore[no-untyped-def]
    frame.write.format("noop").mode("overwrite").save()


def _dear_rules(words, parser):  # type: ignore[no-untyped-def]
    """Return the stage's own function without the language model, and without what is None."""

    def judge(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        from udfs.gather import gathered
        from udfs.judge_sentences import _ROWS_AT_ONCE, _parsed, _weighed
        from udfs.mapped_words import mapped_words

        for batch in gathered(batches, _ROWS_AT_ONCE):
            if parser:
                batch = _parsed(batch, RULES, parser).drop_columns(["has_action"])
            if words:
                batch = _weighed(batch, RULES, mapped_words(words))
            wanted = [name for name in ("complexity", "entropy_bits") if name in batch.schema.names]
            yield batch.select([*wanted, "drop_reason"])

    return judge


def made_sentences(rows: int) -> list[str]:
    """Return the corpus's sentences, or those of the bundled pages, again and again.

    From the second time on each begins with a number of its own, so that no two are equal.
    """
    if CORPUS.exists():
        with gzip.open(CORPUS, "rt", encoding="utf-8") as file:
            known = file.read().splitlines()
    else:
        pages = (
            path.read_text(encoding="utf-8", errors="replace")
            for path in sorted(SAMPLES.glob("*/*.html"))
        )
        known = [line.strip() for page in pages for line in re.split(r"<[^>]*>|\. ", page)]
        known = sorted({line for line in known if line.count(" ") > 2})
    every = (f"{turn} {text}" if turn else text for turn in count() for text in known)
    return list(islice(every, rows))


def write_sentences(place: Path, texts: list[str]) -> None:
    """Write texts with their ids, in row groups that tasks can share."""
    table = pa.table({"id": pa.array(range(len(texts)), pa.int64()), "text": texts})
    assert pc.count_distinct(table["text"]).as_py() == len(texts)
    pq.write_table(table, place, row_group_size=max(1, len(texts) // 8))


if __name__ == "__main__":
    main()
