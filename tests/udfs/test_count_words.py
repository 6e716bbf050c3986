import pyarrow as pa

from udfs.count_words import count_words

BATCH = pa.RecordBatch.from_pydict({"sentence_id": [1, 2], "text": ["black cat", "cat"]})


def counted(*batches):
    return [part.to_pydict() for part in count_words()(iter(batches))]


def test_words_of_small_batches_are_counted_together():
    assert counted(BATCH, BATCH.slice(1)) == [
        {"word": ["black", "cat"], "occurrence_count": [1, 3]}
    ]


def test_a_large_batch_is_counted_before_the_next_one_is_read(monkeypatch):
    monkeypatch.setattr("udfs.count_words._ROWS_AT_ONCE", 2)
    assert counted(BATCH, BATCH.slice(1)) == [
        {"word": ["black", "cat"], "occurrence_count": [1, 2]},
        {"word": ["cat"], "occurrence_count": [1]},
    ]
