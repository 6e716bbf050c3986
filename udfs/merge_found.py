"""What blocks found of an image, put together."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from realsyn_lib.arrow_types import arrow_schema
from realsyn_lib.embeddings import vectors_of
from realsyn_lib.equal_runs import run_places, run_starts
from realsyn_lib.retrieval.ranking import Ranking
from realsyn_lib.retrieval.search import NO_SENTENCE, SearchRules, choose_unlike
from udfs.found_rows import FOUND_DDL, best_rows

Batches = Iterator[pa.RecordBatch]
_ROWS = 2**14
_ANY = 2.0  # no likeness is too much
_NONE = np.empty((0, 0), dtype=np.float32)


def merge_found(rules: SearchRules, ddl: str = FOUND_DDL) -> Callable[[Batches], Batches]:
    """Return a ``mapInArrow`` function: ``ddl`` -> the same, the best of each image by rank.

    Expects the rows of an image in one partition and side by side. Those of an image that one block
    has settled stay as they are. Of the others the best ``top_k + spare`` count, and without
    their vectors (``FOUND_DDL``) only equal texts repeat one another. Some ``_ROWS`` rows are in
    memory.
    """
    if ddl == FOUND_DDL:
        rules = replace(rules, max_same_cosine=_ANY)

    def merge(batches: Batches) -> Batches:
        for table in _whole_images(batches, arrow_schema(ddl)):
            yield from table.filter(table["is_only"]).to_batches()
            yield from _merged(table.filter(pc.invert(table["is_only"])), rules).to_batches()

    return merge


def _whole_images(batches: Batches, schema: pa.Schema) -> Iterator[pa.Table]:
    """Yield tables that end with the last row of an image."""
    held = schema.empty_table()
    for batch in batches:  # Spark may say of a column that it holds no null
        held = pa.concat_tables([held, pa.Table.from_batches([batch]).cast(schema)])
        if held.num_rows < _ROWS:
            continue
        last = int(run_starts(held["image_id"].to_numpy())[-1])
        yield held.slice(0, last).combine_chunks()
        held = held.slice(last)
    yield held.combine_chunks()


def _merged(found: pa.Table, rules: SearchRules) -> pa.Table:
    if found.num_rows == 0:
        return found
    table = best_rows(found, rules.top_k + rules.spare)
    images = table["image_id"].to_numpy()
    starts, place = run_starts(images), run_places(images)
    image = np.searchsorted(images[starts], images)
    members = np.full((len(starts), int(place.max()) + 1), NO_SENTENCE, dtype=np.int64)
    members[image, place] = np.arange(table.num_rows)
    cosines = np.full(members.shape, np.nan)
    cosines[image, place] = table["cosine"].to_numpy()
    keys = table["text_key"].to_numpy()
    vectors = vectors_of(table["embedding"]) if "embedding" in table.column_names else _NONE
    chosen = choose_unlike(Ranking(members, cosines), keys, vectors, rules)
    row, rank = np.nonzero(chosen.members != NO_SENTENCE)
    rows = table.take(pa.array(chosen.members[row, rank]))
    at = table.schema.get_field_index("rank")
    return rows.set_column(at, "rank", pa.array((rank + 1).astype(np.int32)))
