"""The Arrow functions around the sentence rules append what the rules return."""

import numpy as np
import pyarrow as pa

from realsyn_lib.sentences.complexity import LightParser
from realsyn_lib.sentences.entropy import word_table
from realsyn_lib.sentences.tagger import Tagger
from udfs.score_sentences import count_words, score_complexity, score_entropy

BATCH = pa.RecordBatch.from_pydict({"sentence_id": [1, 2], "text": ["black cat", "cat"]})


def test_words_of_batches_are_counted_apart():
    rows = [part.to_pydict() for part in count_words()(iter([BATCH, BATCH.slice(1)]))]
    assert rows == [
        {"word": ["black", "cat"], "occurrence_count": [1, 2]},
        {"word": ["cat"], "occurrence_count": [1]},
    ]


def test_complexity_and_action_are_appended():
    tagger = Tagger({}, {"black": "JJ", "cat": "NN"}, {"JJ", "NN"})
    scored = pa.Table.from_batches(score_complexity(lambda: LightParser(tagger))(iter([BATCH])))
    assert scored.schema.field("complexity").type == pa.int32()
    assert scored.to_pydict() == {
        "sentence_id": [1, 2], "text": ["black cat", "cat"],
        "complexity": [1, 0], "has_action": [False, False],
    }  # fmt: skip


def test_a_large_batch_keeps_its_rows_in_order():
    tagger = Tagger({}, {"black": "JJ", "cat": "NN"}, {"JJ", "NN"})
    texts = ["black cat" if n % 3 else "cat" for n in range(2500)]
    batch = pa.RecordBatch.from_pydict({"text": texts})
    scored = pa.Table.from_batches(score_complexity(lambda: LightParser(tagger))(iter([batch])))
    assert scored["complexity"].to_pylist() == [1 if n % 3 else 0 for n in range(2500)]


def test_entropy_is_appended():
    table = word_table(pa.array(["cat"]), np.array([0.5]))
    scored = next(score_entropy(lambda: table)(iter([BATCH])))
    assert scored["entropy_bits"].to_pylist() == [0.5, 0.5]
    assert scored.schema.field("entropy_bits").type == pa.float32()
