"""Which shard a row is written to: its place in the order of hash ranks, cut every so many rows."""

from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql.functions import broadcast, coalesce, col, expr, lit, row_number, shiftright
from pyspark.sql.functions import count as count_of
from pyspark.sql.functions import max as max_of
from pyspark.sql.functions import min as min_of
from pyspark.sql.functions import sum as sum_of

from realsyn_lib.balance import hash_rank_sql

_CELL_ROWS = 2_000  # of this order: rows that one window numbers
_MOST_CELL_BITS = 24


@dataclass(frozen=True)
class ShardNumbers:
    """Gives rows that have an ``image_id`` their ``rank`` (bigint) and ``shard_no`` (int).

    A rank belongs to one id only (xxhash64 of one number is a permutation), so the shard follows
    from the id alone: rows of any table get it without a join with the tier. ``spans`` has a row for
    each shard and cell of ranks that meet; None where there is one shard.
    """

    seed: int
    cell_bits: int = 1
    spans: DataFrame | None = None

    def of(self, rows: DataFrame) -> DataFrame:
        """Return the rows with ``rank`` and ``shard_no``; ids outside the tier may be among them."""
        ranked = rows.withColumn("rank", _rank(self.seed))
        if self.spans is None:
            return ranked.withColumn("shard_no", lit(0))
        celled = ranked.withColumn("cell", _cell(self.cell_bits))
        placed = celled.join(broadcast(self.spans), "cell")
        return placed.where("rank BETWEEN first_rank AND last_rank").drop(
            "cell", "first_rank", "last_rank"
        )


def shard_numbers(ids: DataFrame, row_count: int, shard_rows: int, seed: int) -> ShardNumbers:
    """Return how the rows of a tier are dealt to shards: ``shard_rows`` each, by hash rank.

    Args:
        ids: ``image_id`` of every row, each once.
        row_count: how many there are.
        shard_rows: rows of each shard but the last.
        seed: of the release.

    Ranks are counted by cells of equal width and numbered inside each, so no task orders more than
    some thousand rows, and nothing of the rows comes to the driver.
    """
    if row_count <= shard_rows:
        return ShardNumbers(seed)
    bits = min(_MOST_CELL_BITS, max(1, (row_count // _CELL_ROWS).bit_length()))
    ranks = ids.select(_rank(seed).alias("rank")).withColumn("cell", _cell(bits))
    earlier = Window.partitionBy(lit(0)).orderBy("cell").rowsBetween(Window.unboundedPreceding, -1)
    sizes = ranks.groupBy("cell").agg(count_of("*").alias("size"))
    starts = sizes.select("cell", coalesce(sum_of("size").over(earlier), lit(0)).alias("before"))
    place = row_number().over(Window.partitionBy("cell").orderBy("rank"))
    placed = ranks.withColumn("place", place).join(broadcast(starts), "cell")
    shard_no = expr(f"CAST((before + place - 1) DIV {shard_rows} AS INT)")
    spans = placed.withColumn("shard_no", shard_no).groupBy("cell", "shard_no")
    bounds = (min_of("rank").alias("first_rank"), max_of("rank").alias("last_rank"))
    return ShardNumbers(seed, bits, spans.agg(*bounds))


def _rank(seed: int) -> Column:
    return expr(hash_rank_sql(seed, "image_id"))


def _cell(bits: int) -> Column:
    return shiftright(col("rank"), 64 - bits)
