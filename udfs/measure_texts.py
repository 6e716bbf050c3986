"""Texts -> their CLIP tokens, the share of words that carry meaning, and the entities they name."""

from collections.abc import Callable, Iterator

import pyarrow as pa

from realsyn_lib.arrow_types import arrow_schema
from realsyn_lib.failpoints import reach
from udfs.gather import gathered
from udfs.models.load_annotator import worker_annotator
from udfs.models.load_parser import ParserUse

Batches = Iterator[pa.RecordBatch]
MEASURED_DDL = "kind string, tokens int, density float, entities array<string>"
CLIP_CONTEXT = 77
"""Tokens that CLIP's text tower reads, start and end mark among them."""

_ROWS_AT_ONCE = 2048
_MOST_BYTES = 2**20  # of texts annotated at once: a token takes 400 bytes


def measure_texts(parser: ParserUse) -> Callable[[Batches], Batches]:
    """Return a ``mapInArrow`` function: (kind string, text string) -> ``MEASURED_DDL``.

    ``tokens``: byte pairs of open_clip's tokenizer with start and end mark, before the cut at
    ``CLIP_CONTEXT``. ``density`` is null for a text without a word. A worker holds the parser (the
    light one 120 MB) and the tokenizer (30 MB).
    """

    def measure(batches: Batches) -> Batches:
        from open_clip.tokenizer import SimpleTokenizer

        tokenizer, annotator = SimpleTokenizer(), worker_annotator(parser)
        for batch in gathered(batches, _ROWS_AT_ONCE, _MOST_BYTES):
            reach("measure_texts.batch")
            texts = batch["text"].to_pylist()
            found = annotator.annotate(texts)
            tokens = [len(tokenizer.encode(text)) + 2 for text in texts]
            density = pa.array(found.density, pa.float32(), from_pandas=True)  # NaN is null
            columns = [
                batch["kind"].cast(pa.string()), pa.array(tokens, pa.int32()), density,
                pa.array(found.entities, pa.list_(pa.string())),
            ]  # fmt: skip
            yield pa.RecordBatch.from_arrays(columns, schema=arrow_schema(MEASURED_DDL))

    return measure
