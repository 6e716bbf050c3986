"""The first level of a k-means: groups of rows that are fitted each in a task of its own."""

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql.functions import broadcast, col, expr

from jobs.fit_sample import RANKS, FitSettings, fit_on_sample, fitted_vectors, hash_sample, rank_sql
from jobs.stage import Stage
from realsyn_lib.embeddings import Ids, Vectors
from realsyn_lib.retrieval.centroids import small_centroids
from realsyn_lib.retrieval.levels import GROUP_BYTES, one_level
from udfs.fit_centroids import CENTROIDS_DDL, fit_centroids_of
from udfs.nearest_cluster import nearest_cluster

_ROWS_DDL = "id bigint, embedding binary"
_FIRST_BYTES = 2**29  # of float32 vectors that the first level is fitted on, in one task
_CUTS = 3
_COUNTED = 64  # rows for each group by which groups are counted


def in_groups(
    stage: Stage, sample: DataFrame, rows: int, groups: int, width: int, settings: FitSettings
) -> tuple[DataFrame, DataFrame]:
    """Put about ``rows`` rows (id, embedding) of a ``width`` into some ``groups``.

    A group of more than one and a half times ``GROUP_BYTES`` is cut into as many as it takes. What
    cannot be cut, equal vectors, is thinned out by hash.

    Returns:
        The sample, and the same rows with their ``group``.
    """
    most = max(1, 3 * GROUP_BYTES // (8 * width))
    each = min(settings.sample_per_centroid, max(8, _FIRST_BYTES // (4 * width * groups)))
    tops = _fitted(sample, rows, groups, each, settings)
    if rows <= most:
        return sample, _placed(sample, tops)
    for turn in range(_CUTS + 1):
        placed = _placed(sample, tops)
        counts = _counts(sample, rows, tops)
        if (counts <= most).all():
            return sample, placed
        if turn < _CUTS:
            tops = _cut(stage, placed, tops, counts, most, each, settings, turn)
    thin = stage.scratch("thinned", _thinned(stage, placed, counts, most, settings.seed))
    return thin.select("id", "embedding"), thin


def _fitted(sample: DataFrame, rows: int, k: int, each: int, settings: FitSettings) -> Vectors:
    first = fit_on_sample(
        sample, rows, k, sample_per_centroid=each, iterations=settings.iterations,
        seed=settings.seed + 1,  # the sample's own hashes under its seed are all small
    )  # fmt: skip
    return fitted_vectors(first)


def _placed(sample: DataFrame, tops: Vectors) -> DataFrame:
    index = one_level(small_centroids(tops))
    placed = sample.mapInArrow(nearest_cluster(index), f"{_ROWS_DDL}, cluster_id int")
    return placed.withColumnRenamed("cluster_id", "group")


def _counts(sample: DataFrame, rows: int, tops: Vectors) -> Ids:
    """Return about how many rows each group has, (groups,), by a part of them."""
    groups = len(tops)
    wanted = min(rows, _COUNTED * groups)
    few = _placed(hash_sample(sample, rows, wanted, seed=groups), tops)  # the others need no place
    found = few.groupBy("group").agg(expr("count(*) AS rows")).toArrow()
    counts = np.zeros(groups, dtype=np.int64)
    counts[found["group"].to_numpy()] = found["rows"].to_numpy() * rows // wanted
    return counts


def _cut(
    stage: Stage, placed: DataFrame, tops: Vectors, counts: Ids, most: int, each: int,
    settings: FitSettings, turn: int,
) -> Vectors:  # fmt: skip
    """Fit new tops in the place of those of large groups, on a part of their rows."""
    large = np.flatnonzero(counts > most)
    parts = -(-2 * counts[large] // most)
    wanted = np.minimum(parts * each, most)
    seed = settings.seed + 2 + turn
    few = _share_of(stage, placed, large, wanted / counts[large], seed)
    few = stage.scratch(f"cut_rows_{turn}", few)
    new = []
    for group, k in zip(large.tolist(), parts.tolist(), strict=True):
        own = few.where(col("group") == group).groupBy("group")
        fit = fit_centroids_of(k, seed, settings.iterations)
        new.append(fitted_vectors(own.applyInArrow(fit, CENTROIDS_DDL)))
    return np.concatenate([np.delete(tops, large, axis=0), *new])


def _thinned(stage: Stage, placed: DataFrame, counts: Ids, most: int, seed: int) -> DataFrame:
    """Return the rows of all groups, of large ones so many as a task holds."""
    large = np.flatnonzero(counts > most)
    whole = placed.where(~col("group").isin(large.tolist())) if large.size else placed
    return whole.unionByName(_share_of(stage, placed, large, most / counts[large], seed))


def _share_of(
    stage: Stage, placed: DataFrame, groups: Ids, shares: np.ndarray, seed: int
) -> DataFrame:
    """Return a share of the rows of some groups, by hash."""
    last = [int(RANKS * min(1.0, share)) - 1 for share in shares.tolist()]
    table = stage.spark.createDataFrame(
        list(zip(groups.tolist(), last, strict=True)), "group int, last bigint"
    )
    kept = placed.join(broadcast(table), "group").where(expr(f"{rank_sql(seed)} <= last"))
    return kept.select(*placed.columns)
