"""Rows of ``documents`` -> those that a request changes, without what it names."""

from collections.abc import Callable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from realsyn_lib.forget.documents import without_named
from realsyn_lib.opt_out import OptOut
from realsyn_lib.tables import DOCUMENTS

KNOWN_BY = "place string, was_document_id bigint, was_sound boolean"
REDACTED_DDL = f"{DOCUMENTS.schema_of()}, {KNOWN_BY}"


def redact_documents(
    opt_out: OptOut,
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return a ``mapInArrow`` function: ``place`` and the columns of ``DOCUMENTS`` -> ``REDACTED_DDL``.

    Rows that nothing names are left out. ``place`` stands for source and locator, which may be named
    themselves; the id and whether the row was sound are those of before.
    """

    def redact(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            rows = batch.select(DOCUMENTS.names).cast(DOCUMENTS.arrow_schema())
            fresh, changed = without_named(rows, opt_out)
            if changed:
                at = pa.array(changed)
                before = batch.take(at)
                arrays = [*fresh.take(at).columns, before["place"], before["document_id"]]
                arrays.append(pc.is_null(before["drop_reason"]))
                names = [*DOCUMENTS.names, "place", "was_document_id", "was_sound"]
                yield pa.RecordBatch.from_arrays(arrays, names=names)

    return redact
