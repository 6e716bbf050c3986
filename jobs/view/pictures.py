"""Pictures as small JPEGs that were decoded in the guarded child: no byte of the web is handed on."""

from itertools import islice
from threading import Lock

import pyarrow.parquet as pq

from jobs.settings import limits_of
from jobs.view.queries import Queries
from realsyn_lib.config import Config
from udfs.guarded_decode import GuardedDecoder
from udfs.thumbnails import jpeg_of

SIDES_PX = (160, 640)
_PLACE = "SELECT filename, file_row_number FROM image_places WHERE image_id = ? LIMIT 1"
_ROWS_AT_ONCE = 16


class Pictures:
    """Draws one picture at a time, in one child for each size."""

    def __init__(self, queries: Queries, config: Config) -> None:
        self._queries = queries
        limits, pixels = limits_of(config.images, config.batch), config.images.max_pixels
        self._decoders = {
            side: GuardedDecoder("thumbnail", {"max_side": side, "max_pixels": pixels}, limits)
            for side in SIDES_PX
        }
        self._one_at_a_time = Lock()

    def jpeg(self, image_id: int, side: int) -> bytes | None:
        """Return a picture within a square of one of ``SIDES_PX``; None where it cannot be drawn."""
        place = self._queries.row(_PLACE, image_id)
        data = _bytes_at(place["filename"], place["file_row_number"]) if place is not None else None
        if data is None:
            return None
        with self._one_at_a_time:
            (reply,) = self._decoders[side].run([data])
        return jpeg_of(reply)

    def close(self) -> None:
        """End the children."""
        for decoder in self._decoders.values():
            decoder.close()


def _bytes_at(path: str, row: int) -> bytes | None:
    """Return the bytes of one row of a file, some rows in memory at a time."""
    file = pq.ParquetFile(path, pre_buffer=False, memory_map=True)
    for group in range(file.num_row_groups):
        rows = file.metadata.row_group(group).num_rows
        if row < rows:
            parts = file.iter_batches(_ROWS_AT_ONCE, row_groups=[group], columns=["bytes"])
            part = next(islice(parts, row // _ROWS_AT_ONCE, None))
            found: bytes | None = part["bytes"][row % _ROWS_AT_ONCE].as_py()
            return found
        row -= rows
    return None
