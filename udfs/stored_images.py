"""Images whose bytes lie in the input under another name than their URL."""

from collections.abc import Callable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

Batches = Iterator[pa.RecordBatch]


def from_their_places(fetch: Callable[[Batches], Batches]) -> Callable[[Batches], Batches]:
    """Return ``fetch`` as a function that asks for ``stored_at`` where there is one, else for ``url``.

    Expects image_id (unique), url and stored_at (string). ``fetch`` is asked for image_id and url, and gives
    image_id and url among its columns; the url it gives is replaced by that of the image again. Held are the
    URLs of the rows that are under way.
    """

    def work(batches: Batches) -> Batches:
        urls: dict[int, str] = {}

        def asked() -> Batches:
            for batch in batches:
                stored = batch["stored_at"].is_valid()
                moved = batch.filter(stored)
                urls.update(
                    zip(moved["image_id"].to_pylist(), moved["url"].to_pylist(), strict=True)
                )
                place = pc.coalesce(batch["stored_at"], batch["url"])
                yield pa.record_batch({"image_id": batch["image_id"], "url": place})

        for batch in fetch(asked()):
            yield _with_urls(batch, urls)

    return work


def _with_urls(batch: pa.RecordBatch, urls: dict[int, str]) -> pa.RecordBatch:
    """Put back the URLs of a batch, and forget them."""
    if not urls:
        return batch
    at = batch.schema.get_field_index("url")
    asked = zip(batch["image_id"].to_pylist(), batch["url"].to_pylist(), strict=True)
    own = pa.array([urls.pop(image_id, url) for image_id, url in asked], pa.string())
    return batch.set_column(at, "url", own)
