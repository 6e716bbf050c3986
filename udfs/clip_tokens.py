"""Texts -> number of CLIP tokens, before the cut at 77."""

from collections.abc import Callable, Iterator

import pyarrow as pa

from realsyn_lib.failpoints import reach

Batches = Iterator[pa.RecordBatch]
TOKENS_DDL = "measure string, tokens int"


def count_clip_tokens() -> Callable[[Batches], Batches]:
    """Return a ``mapInArrow`` function: (measure string, text string) -> ``TOKENS_DDL``.

    Byte pairs of open_clip's tokenizer, without the start and end mark.
    """

    def count(batches: Batches) -> Batches:
        from open_clip.tokenizer import SimpleTokenizer

        tokenizer = SimpleTokenizer()
        for batch in batches:
            reach("clip_tokens.batch")
            tokens = [len(tokenizer.encode(text)) for text in batch["text"].to_pylist()]
            columns = [batch["measure"], pa.array(tokens, pa.int32())]
            yield pa.RecordBatch.from_arrays(columns, names=["measure", "tokens"])

    return count
