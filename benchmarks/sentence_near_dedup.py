"""Near-duplicate sentences: ours through Spark, against text-dedup, datatrove, distributed-curator, MLlib.

A truth group is one sentence and its planted copies: equal up to case and punctuation (exact), or with
one or two words replaced, added or left out (near). Quality is the share of copies that are joined to
their group, less the share of all rows that are joined to another group. Peers have the settings with
which they did best on 20,000 of these sentences.
"""

import argparse
import re
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from side_by_side import (
    common_flags,
    in_turn,
    peer_array,
    peer_python,
    summary,
    tell,
    warm_session,
)

from realsyn_lib.dedup.components import component_labels

Array = npt.NDArray[np.int64]
PEERS = {
    "text-dedup": ("text_dedup_minhash.py", "text-dedup==0.4.0"),
    "datatrove": ("datatrove_minhash.py", "datatrove[processing]==0.10.1", "spacy", "pyarrow"),
    "distributed-curator": (
        "distributed_curator_minhash.py", "distributed-curator==0.1.6", "pandas<3", "pyarrow", "setuptools",
    ),
}  # fmt: skip


def main() -> None:
    """Make or read the sentences, run all sides in turn, print the table and the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sentences", type=Path, help="FILE.parquet with id, text, truth_group")
    parser.add_argument("--n", type=int, default=1_000_000, help="sentences made without it")
    parser.add_argument(
        "--venvs", type=Path, help="folder of the peers' environments, to keep them"
    )
    common_flags(parser)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.work) as work:
        place = arguments.sentences or Path(work) / "sentences.parquet"
        if not arguments.sentences:
            pq.write_table(made_sentences(arguments.n), place, row_group_size=arguments.n // 8 + 1)
        sides = {"ours": ours} | peers(arguments.peer, arguments.venvs or Path(work) / "venvs")
        runs = in_turn(sides, arguments.runs, str(place), arguments.threads, work)
        table = pq.read_table(place)
    quality = {name: qualities(table, own[0].answer) for name, own in runs.items()}
    for name, parts in quality.items():
        print(name, *(f"{part} {value:.4f}" for part, value in parts.items()))
    told = {
        name: summary(name, own, table.num_rows, quality[name]["quality"])
        for name, own in runs.items()
    }
    tell(
        "sentence_near_dedup", table.num_rows, told.pop("ours"), list(told.values()),
        ["pyspark", "numpy", "pyarrow"],
    )  # fmt: skip


def peers(name: str | None, venvs: Path) -> dict[str, Any]:
    """Return the peers asked for, their environments made."""
    chosen: dict[str, Any] = {}
    for peer, (script, *packages) in PEERS.items():
        if name in (None, peer):
            python = peer_python(venvs / peer, *packages)
            chosen[peer] = partial(in_own_environment, str(python), script)
    if name in (None, "minhash-lsh"):
        chosen["minhash-lsh"] = minhash_lsh
    return chosen


def ours(place: str, threads: int, _work: str) -> tuple[float, Array]:
    """Find components with the functions and settings of dedup_sentences."""
    from jobs.dedup.near_texts import TextSearch, near_texts
    from jobs.dedup_sentences import rules_of
    from udfs.components import EDGES_DDL, reduce_edges

    spark, config, start_up_s = warm_session(
        "sentence_near_dedup", threads, "spark.driver_memory=2g"
    )
    texts = spark.read.parquet(place).select("id", "text")
    rules, batch = rules_of(config.dedup_sentences), config.batch
    search = TextSearch(rules, texts.count(), batch.hash_bytes, config.spark.shuffle_partitions)
    edges = near_texts(texts, search)
    return start_up_s, labels_of(place, edges.mapInArrow(reduce_edges, EDGES_DDL).toArrow())


def minhash_lsh(place: str, threads: int, _work: str) -> tuple[float, Array]:
    """Join with MLlib's MinHashLSH over word pairs, 10 tables, Jaccard distance at most 0.55.

    Over words it does not end: a table holds one hash, and function words make half of all pairs
    candidates.
    """
    from pyspark.ml.feature import HashingTF, MinHashLSH

    spark, _, start_up_s = warm_session("minhash_lsh", threads)
    words = "split(trim(regexp_replace(lower(text), '[^a-z0-9]+', ' ')), ' ')"
    pairs_of = "transform(sequence(1, size(words) - 1), i -> concat(words[i - 1], ' ', words[i]))"
    rows = spark.read.parquet(place).selectExpr("id", f"{words} AS words").where("size(words) > 1")
    rows = rows.selectExpr("id", f"{pairs_of} AS word_pairs")
    features = HashingTF(inputCol="word_pairs", outputCol="set", numFeatures=2**20, binary=True)
    sets = features.transform(rows).select("id", "set")
    model = MinHashLSH(inputCol="set", outputCol="hashes", numHashTables=10, seed=1).fit(sets)
    pairs = model.approxSimilarityJoin(sets, sets, 0.55)
    edges = pairs.selectExpr("datasetA.id AS src", "datasetB.id AS dst").where("src < dst")
    return start_up_s, labels_of(place, edges.toArrow())


def in_own_environment(
    python: str, script: str, place: str, threads: int, _work: str
) -> tuple[float, Array]:
    """Run a peer's script and read the labels that it wrote."""
    return peer_array(python, script, place, threads)


def labels_of(place: str, edges: pa.Table) -> Array:
    """Return a label for each row of the file: the row of its component's smallest id."""
    ids = pq.read_table(place, columns=["id"])["id"].to_numpy()
    order = np.argsort(ids)
    rows = [
        order[np.searchsorted(ids[order], edges[end].to_numpy())].astype(np.int64)
        for end in ("src", "dst")
    ]
    return component_labels(len(ids), *rows)


def qualities(table: pa.Table, labels: Array) -> dict[str, float]:
    """Return quality and its parts: exact and near recall, and the share of false merges."""
    truth = np.unique(table["truth_group"].to_numpy(), return_inverse=True)[1]
    texts = [re.sub(r"[\W_]+", " ", text.lower()).strip() for text in table["text"].to_pylist()]
    same = np.unique(np.array(texts), return_inverse=True)[1]
    labels = np.unique(labels, return_inverse=True)[1]
    joined = _size(truth, labels) > 1
    in_group = np.bincount(truth)[truth] > 1
    is_copy = _size(truth, same) > 1
    exact, near = in_group & is_copy, in_group & ~is_copy
    parts = {
        "exact_recall": float((_size(labels, same) == _size(same))[exact].mean()),
        "near_recall": float(joined[near].mean()),
        "false_merges": _false_merges(truth, labels),
    }
    parts["quality"] = float(joined[in_group].mean()) - parts["false_merges"]
    return parts


def _false_merges(truth: Array, labels: Array) -> float:
    """Return the share of rows that are in a component whose greater part is another group."""
    both = labels * (truth.max() + 1) + truth
    own = _size(both)
    largest = np.zeros(labels.max() + 1, np.int64)
    np.maximum.at(largest, labels, own)
    return float(1.0 - largest[np.unique(labels)].sum() / len(labels))


def _size(*keys: Array) -> Array:
    """Return for each row how many rows have all of its keys."""
    joint = keys[0]
    for key in keys[1:]:
        joint = joint * (key.max() + 1) + key
    _, places, counts = np.unique(joint, return_inverse=True, return_counts=True)
    return np.asarray(counts[places])


def made_sentences(count: int, seed: int = 7) -> pa.Table:
    """Return id, text, truth_group: sentences of 5 to 40 words (17 on average) of a Zipf vocabulary.

    Three in ten rows are copies of another, in equal parts: in capitals or with other punctuation,
    with one word replaced, added or left out, and with two.
    """
    draw = np.random.default_rng(seed)
    copies = count // 10
    own = count - 3 * copies
    vocabulary = _vocabulary(60_000, draw)
    weights = 1 / np.arange(1, len(vocabulary) + 1)
    lengths = np.clip(draw.normal(17, 5, own).round().astype(int), 5, 40)
    words = draw.choice(vocabulary, int(lengths.sum()), p=weights / weights.sum()).tolist()
    ends = np.cumsum(lengths).tolist()
    sentences = [words[end - size : end] for end, size in zip(ends, lengths.tolist(), strict=True)]
    copied = draw.permutation(own)[: 3 * copies].tolist()
    texts = [" ".join(sentence) for sentence in sentences]
    for number, place in enumerate(copied):
        sentence = sentences[place]
        if number < copies:
            texts.append(" ".join(sentence).upper() + " !" if number % 2 else ", ".join(sentence))
        else:
            edits = 1 + (number >= 2 * copies)
            texts.append(" ".join(_edited(sentence, edits, vocabulary, draw)))
    groups = [*range(own), *copied]
    order = draw.permutation(len(texts))
    ids = draw.permutation(2 * len(texts))[: len(texts)].astype(np.int64) * 2_654_435_761
    return pa.table(
        {
            "id": ids,
            "text": [texts[row] for row in order.tolist()],
            "truth_group": np.array(groups, np.int64)[order],
        }
    )


def _edited(
    sentence: list[str], edits: int, vocabulary: npt.NDArray[np.str_], draw: np.random.Generator
) -> list[str]:
    """Replace, add or leave out a word at each of some places."""
    edited = list(sentence)
    for place in draw.choice(len(sentence), edits, replace=False).tolist():
        other = str(vocabulary[int(draw.integers(len(vocabulary)))])
        kind = int(draw.integers(4))
        edited[place] = [other, other, f"{edited[place]} {other}", ""][kind]
    return " ".join(edited).split()


def _vocabulary(count: int, draw: np.random.Generator) -> npt.NDArray[np.str_]:
    """Return distinct made-up words of one to four syllables."""
    syllables = np.array([a + b for a in "bcdfghklmnprstvwz" for b in ("a", "e", "i", "o", "u")])
    found: dict[str, None] = {}
    while len(found) < count:
        sizes = draw.integers(1, 5, count)
        parts = draw.choice(syllables, (count, 4))
        found.update((("".join(row[:n]), None) for row, n in zip(parts, sizes, strict=True)))
    return np.array(list(found)[:count])


if __name__ == "__main__":
    main()
