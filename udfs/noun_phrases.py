"""Sentences -> the noun phrases in them that may be tags."""

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa

from realsyn_lib.arrow_types import arrow_schema
from realsyn_lib.models.perceptron import TARGET_FILE
from realsyn_lib.sentences.noun_phrases import noun_phrases
from realsyn_lib.sentences.tagger import load_tagger
from udfs.gather import gathered

PHRASES_DDL = "key string, phrase string, document_id bigint"
_ROWS_AT_ONCE = 4096
_MOST_BYTES = 2**20  # of sentences read at once: a token takes 400 bytes


def find_noun_phrases(
    folder: str,
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return a ``mapInArrow`` function: (document_id bigint, text) -> ``PHRASES_DDL``.

    ``folder`` is that of the light parser, on every worker. A phrase stands once for each document
    of a few thousand sentences.
    """

    def find(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        tagger = load_tagger(f"{folder}/{TARGET_FILE}")
        for batch in gathered(batches, _ROWS_AT_ONCE, _MOST_BYTES):
            found = noun_phrases(batch["text"].to_pylist(), tagger)
            documents = batch["document_id"].to_numpy()[found.sentence]
            code, document = np.unique(np.stack([found.code, documents]), axis=1)
            columns = [pa.array(found.keys, pa.string()), pa.array(found.phrases, pa.string())]
            yield pa.RecordBatch.from_arrays(
                [*(column.take(pa.array(code)) for column in columns), pa.array(document)],
                schema=arrow_schema(PHRASES_DDL),
            )

    return find
