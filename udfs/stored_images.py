"""Images whose bytes lie in the input under another name than their URL."""

from collections.abc import Callable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from udfs.rows_under_way import with_column_beside

Batches = Iterator[pa.RecordBatch]


def named_by_url(fetch: Callable[[Batches], Batches]) -> Callable[[Batches], Batches]:
    """Return ``fetch`` as a function whose rows have ``own_url`` for ``url`` where there is one.

    Expects image_id (unique), url (what is asked for) and own_url (string). ``fetch`` is given all columns
    but own_url, and gives image_id and url among its own, in any order.
    """

    def work(batches: Batches) -> Batches:
        for batch, own in with_column_beside(fetch, "own_url", batches):
            yield _with_urls(batch, own) if any(own) else batch

    return work


def _with_urls(batch: pa.RecordBatch, own: list[str | None]) -> pa.RecordBatch:
    at = batch.schema.get_field_index("url")
    url = pc.coalesce(pa.array(own, pa.string()), batch["url"])
    return batch.set_column(at, "url", url)
