"""The labels that a tagger gives already."""

from collections.abc import Callable, Iterator

import pyarrow as pa

from realsyn_lib.sentences.plurals import singular
from udfs.worker_models import ModelUse, worker_model

LABELS_DDL = "known string"


def tag_labels(tagger: ModelUse) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return a ``mapInArrow`` function: one row -> the labels, in lower case and in the singular."""

    def labels(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        from udfs.models.tagger import load_tagger

        for batch in batches:
            if batch.num_rows:
                known = {label.lower() for label in worker_model(tagger, load_tagger).labels}
                known |= {singular(label) for label in known}
                yield pa.RecordBatch.from_arrays([pa.array(sorted(known))], names=["known"])

    return labels
