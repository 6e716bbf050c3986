"""Near pairs of texts: band blocks, candidates of each band, exact verification."""

from dataclasses import dataclass

from pyspark.sql import DataFrame

from jobs.dedup.search_parts import search_parts
from realsyn_lib.dedup.near_texts import NearTextRules
from udfs.band_blocks import BLOCKS_DDL, band_blocks, near_candidates
from udfs.components import EDGES_DDL
from udfs.verify_texts import near_pairs_of_texts

_BYTES_IN_TASK = 80  # of an entry: as it came, sorted, and what sorting takes


@dataclass(frozen=True)
class TextSearch:
    """How near texts are searched.

    ``rules``: thresholds and banding. ``rows``: how many texts there are. ``block_bytes``: of
    entries that one task sorts and compares at a time. ``tasks``: of a shuffle; the search has
    four times as many, because units differ in size.
    """

    rules: NearTextRules
    rows: int
    block_bytes: int
    tasks: int

    @property
    def parts(self) -> int:
        """Into how many parts a band is cut."""
        return search_parts(self.rows, _BYTES_IN_TASK, self.block_bytes)

    @property
    def bands(self) -> int:
        """Bands of MinHashes, and that of the whole text."""
        return self.rules.banding.bands + 1

    def by_unit(self, blocks: DataFrame) -> DataFrame:
        """Bring the blocks (``BLOCKS_DDL``) of each unit together, one unit behind the other."""
        units = min(self.bands * self.parts, 4 * self.tasks)
        return blocks.repartition(units, "unit").sortWithinPartitions("unit")

    def candidates(self, blocks: DataFrame) -> DataFrame:
        """Return src, dst of the pairs that meet, once for each band in which they do."""
        search = near_candidates(self.rules.banding.max_apart)
        return self.by_unit(blocks).mapInArrow(search, EDGES_DDL)


def near_texts(texts: DataFrame, search: TextSearch) -> DataFrame:
    """Return src, dst of the pairs of (id, text) that share a MinHash band and hold the rules.

    What is shuffled: 24 bytes for each text and band, packed; the distinct candidates; the texts
    once by id, and those of candidates twice.
    """
    blocks = texts.mapInArrow(band_blocks(search.rules, search.parts), BLOCKS_DDL)
    return verified(search.candidates(blocks).distinct(), texts, search.rules)


def verified(pairs: DataFrame, texts: DataFrame, rules: NearTextRules) -> DataFrame:
    """Return the rows of (src, dst, ...) whose texts hold the rules."""
    left = texts.selectExpr("id AS src", "text AS left_text")
    right = texts.selectExpr("id AS dst", "text AS right_text")
    both = (
        pairs.join(left, "src").join(right, "dst").select(*pairs.columns, "left_text", "right_text")
    )
    return both.mapInArrow(near_pairs_of_texts(rules.min_jaccard), pairs.schema)
