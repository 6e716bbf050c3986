"""Texts -> how surprised the language model is by each."""

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa

from realsyn_lib.arrow_types import arrow_schema
from udfs.gather import gathered
from udfs.worker_models import ModelUse, worker_model

Batches = Iterator[pa.RecordBatch]
PERPLEXITY_DDL = "kinds array<string>, perplexity double"
_ROWS_AT_ONCE = 4096  # texts that are sorted by length together


def score_perplexity(use: ModelUse) -> Callable[[Batches], Batches]:
    """Return a ``mapInArrow`` function: (text string, kinds array<string>) -> ``PERPLEXITY_DDL``.

    A score that overflows, or that the model cannot give, is null. A worker holds the language model.
    """

    def score(batches: Batches) -> Batches:
        from udfs.models.language_model import load_language_model

        for batch in gathered(batches, _ROWS_AT_ONCE):
            model = worker_model(use, load_language_model)
            scores = model.perplexities(batch["text"].to_pylist())
            values = pa.array(scores, pa.float64(), mask=~np.isfinite(scores))
            columns = [batch["kinds"].cast(pa.list_(pa.string())), values]
            yield pa.RecordBatch.from_arrays(columns, schema=arrow_schema(PERPLEXITY_DDL))

    return score
