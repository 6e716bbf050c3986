"""Records of an input format -> rows of the table ``documents``."""

from collections.abc import Callable, Iterator

import pyarrow as pa

from realsyn_lib.documents import (
    Document,
    DocumentLimits,
    document_rows,
    refused,
    without_opted_out,
)
from realsyn_lib.failpoints import reach
from realsyn_lib.forget.documents import without_named
from realsyn_lib.opt_out import OptOut
from realsyn_lib.sentences.split import load_splitter
from realsyn_lib.sources.formats import Record, SourceFormat
from realsyn_lib.sources.options import BY_DEFAULT, SourceOptions, format_for

_ROWS_AT_ONCE = 64  # documents held as Python objects; bounds a worker's memory


def extract_documents(
    format_name: str, limits: DocumentLimits, punkt_folder: str, opt_out: OptOut,
    options: SourceOptions = BY_DEFAULT,
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:  # fmt: skip
    """Return a ``mapInArrow`` function whose rows are those of ``DOCUMENTS``.

    Expects ``source`` and ``locator`` (string), the columns of the format (``bytes`` binary where
    a file is one document), and optionally ``reason`` and ``detail`` (string) of the reader: a
    row with a reason is passed on as it is, its other columns unread. What ``opt_out`` names
    keeps its row with the reason ``opt_out``, without address and content.
    """

    def extract(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        source, splitter = format_for(format_name, options), load_splitter(punkt_folder)
        for batch in batches:
            reach("extract_documents.batch")
            for start in range(0, batch.num_rows, _ROWS_AT_ONCE):
                records = batch.slice(start, _ROWS_AT_ONCE).to_pylist()
                documents = (_document(record, source, limits, opt_out) for record in records)
                rows = document_rows(documents, splitter, limits)
                yield without_named(rows, opt_out)[0] if opt_out else rows

    return extract


def _document(
    record: Record, source: SourceFormat, limits: DocumentLimits, opt_out: OptOut
) -> Document:
    if record.get("reason"):
        return refused(record["source"], record["locator"], record["reason"], record.get("detail"))
    size = source.size_bytes(record)
    if size > limits.max_document_bytes:
        detail = f"{size} bytes, at most {limits.max_document_bytes} are read"
        return refused(record["source"], record["locator"], "document_too_large", detail)
    return without_opted_out(source.parse(record), opt_out)
