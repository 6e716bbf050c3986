"""What blocks found of an image, put together."""

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa

from realsyn_lib.arrow_types import arrow_schema
from realsyn_lib.embeddings import vectors_of
from realsyn_lib.equal_runs import run_starts
from realsyn_lib.retrieval.ranking import Ranking
from realsyn_lib.retrieval.search import NO_SENTENCE, SearchRules, choose_unlike
from udfs.search_blocks import FOUND_DDL

Batches = Iterator[pa.RecordBatch]
_ROWS = 2**14


def merge_found(rules: SearchRules) -> Callable[[Batches], Batches]:
    """Return a ``mapInArrow`` function: ``FOUND_DDL`` -> the same, the best of each image by rank.

    Expects the rows of an image in one partition and side by side, with their vectors. Some
    ``_ROWS`` rows are in memory.
    """

    def merge(batches: Batches) -> Batches:
        for table in _whole_images(batches):
            yield from _merged(table, rules).to_batches()

    return merge


def _whole_images(batches: Batches) -> Iterator[pa.Table]:
    """Yield tables that end with the last row of an image."""
    schema = arrow_schema(FOUND_DDL)
    held = schema.empty_table()
    for batch in batches:  # Spark may say of a column that it holds no null
        held = pa.concat_tables([held, pa.Table.from_batches([batch]).cast(schema)])
        if held.num_rows < _ROWS:
            continue
        last = int(run_starts(held["image_id"].to_numpy())[-1])
        yield held.slice(0, last).combine_chunks()
        held = held.slice(last)
    yield held.combine_chunks()


def _merged(table: pa.Table, rules: SearchRules) -> pa.Table:
    if table.num_rows == 0:
        return table
    images, cosines = table["image_id"].to_numpy(), table["cosine"].to_numpy()
    order = np.lexsort((table["sentence_id"].to_numpy(), -cosines, images))
    starts = run_starts(images[order])
    image = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(order)))
    place = np.arange(len(order)) - starts[image]
    members = np.full((len(starts), int(place.max()) + 1), NO_SENTENCE, dtype=np.int64)
    members[image, place] = order
    ranked = np.full(members.shape, np.nan)
    ranked[image, place] = cosines[order]
    vectors, keys = vectors_of(table["embedding"]), table["text_key"].to_numpy()
    found = choose_unlike(Ranking(members, ranked), keys, vectors, rules)
    row, rank = np.nonzero(found.members != NO_SENTENCE)
    chosen = table.take(pa.array(found.members[row, rank]))
    at = table.schema.get_field_index("rank")
    return chosen.set_column(at, "rank", pa.array((rank + 1).astype(np.int32)))
