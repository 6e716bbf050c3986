"""Images whose bytes lie in the input under another name than their URL."""

from collections.abc import Callable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

Batches = Iterator[pa.RecordBatch]


def named_by_url(fetch: Callable[[Batches], Batches]) -> Callable[[Batches], Batches]:
    """Return ``fetch`` as a function whose rows have ``own_url`` for ``url`` where there is one.

    Expects image_id (unique), url (what is asked for) and own_url (string). ``fetch`` is given all columns
    but own_url, and gives image_id and url among its own, in any order. Held are the own URLs of the rows
    that are under way.
    """

    def work(batches: Batches) -> Batches:
        urls: dict[int, str] = {}

        def asked() -> Batches:
            for batch in batches:
                stored = batch.filter(pc.is_valid(batch["own_url"]))
                ids, own = stored["image_id"].to_pylist(), stored["own_url"].to_pylist()
                urls.update(zip(ids, own, strict=True))
                yield batch.drop_columns(["own_url"])

        for batch in fetch(asked()):
            yield _with_urls(batch, urls)

    return work


def _with_urls(batch: pa.RecordBatch, urls: dict[int, str]) -> pa.RecordBatch:
    """Put the own URLs of a batch in place, and forget them."""
    if not urls:
        return batch
    at = batch.schema.get_field_index("url")
    asked = zip(batch["image_id"].to_pylist(), batch["url"].to_pylist(), strict=True)
    own = pa.array([urls.pop(image_id, url) for image_id, url in asked], pa.string())
    return batch.set_column(at, "url", own)
