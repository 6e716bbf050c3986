"""Topics of made captions: how long Spark ML's LDA takes as the assessment runs it.

    python benchmarks/topics.py [--n 100000] [--threads 2] [--topics 30]

Each caption is made of words of one subject and of words that all subjects share, so that the truth
is known: quality is the share of captions whose main topic is that of most captions of its subject.
"""

import argparse
import json
import tempfile
import time
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from side_by_side import common_flags, in_turn

_WORDS, _OF_SUBJECT, _SHARED = 12, 200, 400
_TOPICAL = 0.7  # of the words of a caption


def make_captions(count: int, subjects: int, seed: int) -> tuple[pa.Table, np.ndarray]:
    """Return (source, image_id, text) and the subject of each caption.

    A subject's words fall off by rank, as words do; numbers are written in letters.
    """
    draw = np.random.default_rng(seed)
    subject = draw.integers(0, subjects, count)
    rank = np.minimum(draw.exponential(_OF_SUBJECT / 5, (count, _WORDS)), _OF_SUBJECT - 1).astype(
        int
    )
    shared = draw.integers(0, _SHARED, (count, _WORDS))
    is_topical = draw.random((count, _WORDS)) < _TOPICAL
    number = np.where(is_topical, _SHARED + subject[:, None] * _OF_SUBJECT + rank, shared)
    names = np.array([_letters(n) for n in range(_SHARED + subjects * _OF_SUBJECT)])
    texts = [" ".join(row) for row in names[number].tolist()]
    table = pa.table({"source": [""] * count, "image_id": np.arange(count), "text": texts})
    return table, subject


def _letters(number: int) -> str:
    """Return a word of letters alone for a number: words with digits are no topic's."""
    return "w" + "".join(chr(ord("a") + int(digit)) for digit in f"{number:05d}")


def fit(file: str, rows: int, topics: int, threads: int) -> tuple[float, Any]:
    """Fit topics as the assessment does; return the seconds of the start, and what was found."""
    from side_by_side import warm_session

    from jobs.assess.topics import TopicSettings, fitted_topics
    from realsyn_lib.config import load_config

    spark, _config, start_up_s = warm_session("topics", threads)
    settings = load_config("emr").assess  # the profile of large sets: all iterations
    wanted = TopicSettings(topics, settings.vocabulary, settings.topic_iterations, settings.seed)
    started = time.perf_counter()
    with fitted_topics(spark.read.parquet(file), rows, wanted) as fitted:
        fit_s = time.perf_counter() - started
        weights = fitted.weights.selectExpr(
            "image_id", "array_position(weights, array_max(weights)) - 1 AS topic"
        )
        found = weights.toArrow().sort_by("image_id")
    spark.stop()
    return start_up_s, (fit_s, found["image_id"].to_numpy(), found["topic"].to_numpy())


def purity(main: np.ndarray, subject: np.ndarray) -> float:
    """Return the share of captions whose subject is the most frequent one of their main topic."""
    of_topic: dict[int, Counter[int]] = {}
    for topic, true in zip(main.tolist(), subject.tolist(), strict=True):
        of_topic.setdefault(topic, Counter())[true] += 1
    return sum(counts.most_common(1)[0][1] for counts in of_topic.values()) / len(main)


def main() -> None:
    """Make captions, fit, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    common_flags(parser)
    parser.add_argument("--n", type=int, default=100_000)
    parser.add_argument("--topics", type=int, default=30)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.work) as folder:
        table, subject = make_captions(arguments.n, arguments.topics, seed=1)
        file = Path(folder) / "captions.parquet"
        pq.write_table(table, file)
        runs = in_turn(
            {"ours": fit},
            arguments.runs,
            str(file),
            arguments.n,
            arguments.topics,
            arguments.threads,
        )["ours"]
    qualities = [purity(run.answer[2], subject[run.answer[1]]) for run in runs]
    middle = sorted(runs, key=lambda run: run.wall_s)[len(runs) // 2]
    print(f"fit alone {middle.answer[0]:.1f} s, {middle.cpu_s:.1f} core-seconds in all")
    print(json.dumps({
        "name": "topics", "n": arguments.n, "ours": arguments.n / middle.wall_s, "peer": None,
        "ratio": None, "quality_ours": float(np.median(qualities)), "quality_peer": None,
        "wall_s": middle.wall_s, "cpu_s": middle.cpu_s, "fit_s": middle.answer[0],
        "peak_mb": middle.peak_mb, "jvm_mb": middle.jvm_mb,
        "versions": {name: version(name) for name in ("pyspark", "pyarrow", "numpy")},
    }))  # fmt: skip


if __name__ == "__main__":
    main()
