"""Tiers by the entries that texts hold: rare ones whole, common ones up to a cap in the mean."""

from functools import reduce

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql.functions import col, expr, lit

from jobs.stage import Stage
from realsyn_lib.config import Tier
from realsyn_lib.embeddings import Ids
from realsyn_lib.entry_balance import Entries, entries_of
from realsyn_lib.errors import SettingError
from realsyn_lib.files import read_bytes
from udfs.count_words import count_words
from udfs.entry_matches import CAPS_DDL, COUNTS_DDL, caps_of_pairs, count_entries

_TEXTS = ("text1", "text2", "text3", "syn_text")
_BIN = "CAST(floor(16 * sqrt(least_cap)) AS bigint) AS bin"  # at 168M rows some 200,000


def draw_entry_tiers(stage: Stage, clusters: DataFrame, pairs: DataFrame) -> DataFrame:
    """Return tier, image_id, cluster_id of every tier of the settings.

    ``clusters``: image_id, cluster_id. ``pairs``: the same pairs with their four texts. A pair is
    in a tier of ``cap`` if its own least cap is smaller, in one of ``rows`` if it is among so many
    of the least; so a smaller tier lies inside a larger one. Without an entry it is in none.
    """
    settings = stage.conf.balance
    texts = pairs.select("image_id", *_TEXTS)
    entries = _entries(stage, texts)
    counts = _counts(texts, entries)
    caps = texts.mapInArrow(caps_of_pairs(entries, counts, settings.seed), CAPS_DDL)
    ranked = stage.scratch("least_caps", clusters.join(caps, "image_id"))
    stage.metrics |= {
        "entries": float(len(counts)),
        "entries_held": float(np.count_nonzero(counts)),
        "pairs_with_entry": float(ranked.count()),
    }
    tiers = [
        _told(stage, name, _drawn(ranked, tier)) for name, tier in sorted(settings.tiers.items())
    ]
    return reduce(DataFrame.unionByName, tiers).select("tier", "image_id", "cluster_id")


def _entries(stage: Stage, texts: DataFrame) -> Entries:
    """Return the list of the settings, or the words that occur often enough in the texts."""
    settings = stage.conf.balance
    if settings.entries_file is None:
        words = _often(texts, settings.entry_min_count)
        if not words:
            raise SettingError(
                f"no word occurs balance.entry_min_count {settings.entry_min_count} times in the texts "
                "of the pairs; lower it, or name a list in balance.entries_file"
            )
        return entries_of(words)
    where = f"balance.entries_file {settings.entries_file}"
    data = read_bytes(settings.entries_file)
    if data is None:
        raise SettingError(f"{where}: not found, expected a text file with one entry a line")
    try:
        return entries_of(data.decode("utf-8").splitlines())
    except (UnicodeDecodeError, SettingError) as error:
        raise SettingError(f"{where}: {error}") from error


def _often(texts: DataFrame, least: int) -> list[str]:
    """Return words that occur so often; what joins several words by hyphens is none."""
    each = texts.selectExpr(
        f"explode(filter(array({', '.join(_TEXTS)}), t -> t IS NOT NULL)) AS text"
    )
    words = each.mapInArrow(count_words(), "word string, occurrence_count bigint")
    total = words.groupBy("word").agg(expr("sum(occurrence_count) AS total"))
    often = (
        total.where((col("total") >= least) & ~col("word").contains("-")).select("word").toArrow()
    )
    return list(often["word"].to_pylist())


def _counts(texts: DataFrame, entries: Entries) -> Ids:
    """Return how many pairs hold each entry, (e,)."""
    found = texts.mapInArrow(count_entries(entries), COUNTS_DDL).groupBy("entry")
    rows = found.agg(expr("sum(pairs) AS pairs")).toArrow()
    counts = np.zeros(len(entries.hashes), dtype=np.int64)
    counts[rows["entry"].to_numpy()] = rows["pairs"].to_numpy()
    return counts


def _drawn(ranked: DataFrame, tier: Tier) -> DataFrame:
    if tier.cap is not None:
        return ranked.where(col("least_cap") < tier.cap)
    return _least(ranked, int(tier.rows or 0))


def _least(ranked: DataFrame, rows: int) -> DataFrame:
    """Return the rows of least (cap, image_id); only those of one bin are put in order."""
    bins = ranked.selectExpr(_BIN).groupBy("bin").agg(expr("count(*) AS rows")).toArrow()
    bins = bins.sort_by("bin")
    up_to = np.cumsum(bins["rows"].to_numpy())
    last = int(np.searchsorted(up_to, rows))
    if last == len(up_to):
        return ranked
    edge = bins["bin"][last].as_py()
    before = int(up_to[last - 1]) if last else 0
    binned = ranked.selectExpr("*", _BIN)
    border = binned.where(col("bin") == edge).orderBy("least_cap", "image_id").limit(rows - before)
    return binned.where(col("bin") < edge).unionByName(border).drop("bin")


def _told(stage: Stage, name: str, drawn: DataFrame) -> DataFrame:
    """Metrics of a tier: its rows, and the largest cap of one of them."""
    facts = drawn.selectExpr("count(*)", "coalesce(max(least_cap), 0.0D)").collect()[0]
    stage.metrics |= {f"tier.{name}.rows": float(facts[0]), f"tier.{name}.cap": float(facts[1])}
    return drawn.withColumn("tier", lit(name))
