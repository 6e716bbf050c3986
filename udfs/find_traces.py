"""Files -> places in them where something stands that a request names."""

from collections.abc import Callable, Iterator

import pyarrow as pa

from realsyn_lib.forget.traces import traces_in
from realsyn_lib.opt_out import OptOut

FILES_DDL = "location string, has_requests boolean"
TRACES_DDL = "location string, place string"


def find_traces(
    opt_out: OptOut,
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return a ``mapInArrow`` function: ``FILES_DDL`` -> ``TRACES_DDL``.

    ``has_requests``: the file is of the table opt_out, which keeps digests of files and hashes of pictures.
    """
    of_requests = OptOut(opt_out.urls, opt_out.domains, opt_out.documents)

    def find(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for row in batch.to_pylist():
                asked = of_requests if row["has_requests"] else opt_out
                found = [
                    {"location": row["location"], "place": place}
                    for place in traces_in(row["location"], asked)
                ]
                if found:
                    yield pa.RecordBatch.from_pylist(found)

    return find
