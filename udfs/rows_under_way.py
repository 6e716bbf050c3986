"""A column that stays beside rows while a function works on them that does not know it."""

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

Batches = Iterator[pa.RecordBatch]


def with_column_beside(
    work: Callable[[Batches], Batches], name: str, batches: Batches
) -> Iterator[tuple[pa.RecordBatch, list[Any]]]:
    """Yield what ``work`` makes of ``batches`` without the column ``name``, and its values for the rows made.

    Rows have image_id (unique) before and after, in any order; a value is null where the row came with none,
    or did not come. Held are the values of the rows that are under way.
    """
    held: dict[int, Any] = {}

    def asked() -> Batches:
        for batch in batches:
            told = batch.filter(pc.is_valid(batch[name]))
            held.update(zip(told["image_id"].to_pylist(), told[name].to_pylist(), strict=True))
            yield batch.drop_columns([name])

    for made in work(asked()):
        yield made, [held.pop(image_id, None) for image_id in made["image_id"].to_pylist()]
