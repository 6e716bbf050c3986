"""Found sentences -> words, verdicts and vectors, on a few sentences."""

import numpy as np
import pyarrow as pa
import pytest

from jobs.embed_sentences import transform as embed
from jobs.filter_sentences import distinct_sentences, transform, word_shares
from jobs.model_digests import open_registry, parser_use
from realsyn_lib.sentences.rules import SentenceRules
from realsyn_lib.tables import SENTENCES, SENTENCES_FOUND
from tests.frames import frame, rows_of
from udfs.mapped_words import WordFile
from udfs.worker_models import ModelUse

pytestmark = pytest.mark.spark

RULES = SentenceRules()
BARN = "The old barn burned down last week."


def found(spark, *rows):
    names = ("sentence_id", "text", "document_id", "position", "sentence_no")
    return frame(spark, SENTENCES_FOUND, [dict(zip(names, row)) for row in rows])


def test_words_are_counted_over_occurrences_and_shares_are_of_all_words(spark):
    rows = found(spark, (1, "The cat saw the dog.", 1, 0, 0), (1, "The cat saw the dog.", 2, 0, 0),
                 (2, "A dog!", 1, 1, 0))  # fmt: skip
    words = word_shares(rows, max_vocabulary=3)
    assert rows_of(words, "word", "occurrence_count", "share") == [
        ("cat", 2, 2 / 12), ("dog", 3, 3 / 12), ("the", 4, 4 / 12),
    ]  # fmt: skip


def test_one_row_a_sentence_with_its_smallest_place_and_the_cheap_verdict(spark):
    rows = found(spark, (1, BARN, 9, 0, 0), (1, BARN, 2, 4, 1), (2, "Closed today.", 1, 0, 0),
                 (3, "We cheered for the dogs ☕", 1, 1, 0), (4, "one text here", 1, 2, 0),
                 (4, "another text here", 1, 3, 0))  # fmt: skip
    columns = (
        "sentence_id",
        "document_id",
        "position",
        "occurrence_count",
        "word_count",
        "drop_reason",
    )
    assert rows_of(distinct_sentences(rows, RULES), *columns) == [
        (1, 2, 4, 2, 7, None),
        (2, 1, 0, 1, 2, "too_short"),
        (3, 1, 1, 1, 5, "emoji"),
        (4, 1, 2, 2, 3, "id_collision"),
    ]


def test_hostile_sentences_are_dropped_with_a_reason(spark):
    texts = ["", "x" * 10**6, "word " * 200_000, "😀" * 1000, "\x00\x01\x02", "\ufffd" * 1000]
    rows = found(spark, *((number, text, 1, number, 0) for number, text in enumerate(texts)))
    reasons = [
        row[1] for row in rows_of(distinct_sentences(rows, RULES), "sentence_id", "drop_reason")
    ]
    assert reasons == ["too_short", "too_short", "too_long", "emoji", "too_short", "too_short"]


def word_file(folder, shares: dict[str, float]) -> WordFile:
    path = folder / "words.arrow"
    table = pa.table({"word": sorted(shares), "share": [shares[word] for word in sorted(shares)]})
    with pa.ipc.new_file(str(path), table.schema) as file:
        file.write_table(table)
    return WordFile(str(path), "0" * 64)


@pytest.mark.models
def test_each_rule_sees_only_what_the_cheaper_ones_kept(spark, models, tmp_path):
    texts = {1: BARN, 2: "A blue door and a very small garden.", 3: "Gardeners hate slugs.",
             4: "Drives seven purple yesterday the because into kettle sang moonlight ladder of.",
             5: "Closed today."}  # fmt: skip
    candidates = distinct_sentences(
        found(spark, *((number, text, 1, number, 0) for number, text in texts.items())), RULES
    )
    common = dict.fromkeys(["the", "old", "barn", "week", "into", "because", "of", "seven"], 0.05)
    parser = parser_use(open_registry(), "light")
    judged = transform(
        candidates, RULES, parser, word_file(tmp_path, common), ModelUse("smollm2-135m"), tasks=1
    ).collect()
    rows = {row.sentence_id: row for row in judged}
    assert {number: row.drop_reason for number, row in rows.items()} == {
        1: None, 2: "no_action", 3: "low_entropy", 4: "high_perplexity", 5: "too_short",
    }  # fmt: skip
    scored = {number: [row.complexity is not None, row.entropy_bits is not None,
                       row.perplexity is not None] for number, row in rows.items()}  # fmt: skip
    assert scored == {
        1: [True, True, True], 2: [True, False, False], 3: [True, True, False],
        4: [True, True, True], 5: [False, False, False],
    }  # fmt: skip
    assert 30 < rows[1].perplexity < 200 < rows[4].perplexity


@pytest.mark.models
def test_sentences_of_one_meaning_have_near_vectors(spark, models):
    texts = {1: "A storm destroyed the bridge.", 2: "The bridge was destroyed by a storm.",
             3: "Her soup is salty."}  # fmt: skip
    rows = [{"sentence_id": number, "text": text} for number, text in texts.items()]
    embedded = embed(frame(spark, SENTENCES, rows), ModelUse("bridge"), tasks=2).collect()
    vectors = {
        row.sentence_id: np.frombuffer(row.embedding, np.float16).astype(np.float32)
        for row in embedded
    }
    assert [row.drop_reason for row in embedded] == [None] * 3
    assert vectors[1] @ vectors[2] > 0.9 > 0.5 > vectors[1] @ vectors[3]
