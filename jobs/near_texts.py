"""Near pairs of texts: band blocks, candidates of each band, exact verification."""

from pyspark.sql import DataFrame

from jobs.search_parts import search_parts
from realsyn_lib.dedup.near_texts import NearTextRules
from udfs.band_blocks import BLOCKS_DDL, band_blocks, near_candidates
from udfs.components import EDGES_DDL
from udfs.verify_texts import near_pairs_of_texts

_BYTES_IN_TASK = 80  # of an entry: as it came, sorted, and what sorting takes


def near_texts(
    texts: DataFrame, rules: NearTextRules, rows: int, block_bytes: int, tasks: int
) -> DataFrame:
    """Return src, dst of the pairs that share a MinHash band and hold the rules.

    What is shuffled: 24 bytes for each text and band, packed; the distinct candidates; the texts
    once by id, and those of candidates twice.

    Args:
        texts: id, text.
        rules: thresholds and banding.
        rows: how many texts there are.
        block_bytes: bytes of entries that one task sorts and compares at a time.
        tasks: of a shuffle; the search has four times as many, because units differ in size.
    """
    parts = search_parts(rows, _BYTES_IN_TASK, block_bytes)
    blocks = texts.mapInArrow(band_blocks(rules, parts), BLOCKS_DDL)
    units = min((rules.banding.bands + 1) * parts, 4 * tasks)
    sorted_units = blocks.repartition(units, "unit").sortWithinPartitions("unit")
    search = near_candidates(rules.banding.max_apart)
    pairs = sorted_units.mapInArrow(search, EDGES_DDL).distinct()
    left = texts.selectExpr("id AS src", "text AS left_text")
    right = texts.selectExpr("id AS dst", "text AS right_text")
    both = pairs.join(left, "src").join(right, "dst")
    return both.mapInArrow(near_pairs_of_texts(rules.min_jaccard), EDGES_DDL)
