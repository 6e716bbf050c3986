import pyarrow as pa

from udfs.count_words import count_words

BATCH = pa.RecordBatch.from_pydict({"sentence_id": [1, 2], "text": ["black cat", "cat"]})


def test_words_of_batches_are_counted_apart():
    rows = [part.to_pydict() for part in count_words()(iter([BATCH, BATCH.slice(1)]))]
    assert rows == [
        {"word": ["black", "cat"], "occurrence_count": [1, 2]},
        {"word": ["cat"], "occurrence_count": [1]},
    ]
