"""The rows a stage wants of a table, held against those that its last run computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql.functions import broadcast, col, expr, lit, struct, when, xxhash64

from jobs.stage import Stage
from realsyn_lib.tables import Table

Read = Callable[[Table], DataFrame]


@dataclass(frozen=True)
class RowWork:
    """The rows of a bucketed table, one for each row that is wanted.

    Attributes:
        wanted: rows of a bucket: the key, what ``basis`` looks at, and the columns ``told``.
        known: the same columns for all rows that the last run computed, from what it read or wrote.
        basis: columns or SQL over both; where all are equal, so is what is computed.
        compute: makes the rows of the table, without ``bucket``, from wanted ones of a bucket.
        told: columns about where a row occurs; they come from ``wanted`` for old rows, too.
    """

    wanted: Callable[[int], DataFrame]
    known: Callable[[Read], DataFrame]
    basis: tuple[str, ...]
    compute: Callable[[int, DataFrame], DataFrame]
    told: tuple[str, ...] = ()


def work_on_inputs(
    stage: Stage, key: str, choose: Callable[[Read], DataFrame], basis: str,
    compute: Callable[[int, DataFrame], DataFrame],
) -> RowWork:  # fmt: skip
    """Return the work on rows that are chosen from the inputs, now as by the last run.

    ``choose`` reads tables through what it is given; its rows have the columns ``key`` and ``basis``.
    """
    now = choose(stage.read)
    return RowWork(lambda bucket: stage.of_bucket(now, bucket, key), choose, (basis,), compute)


def differences(wanted: DataFrame, known: DataFrame, key: str, work: RowWork) -> DataFrame:
    """Return what is to change: the columns of ``wanted``, and ``change``; no row for what stays.

    ``new`` and ``changed`` must be computed, ``moved`` only occur elsewhere, and of ``gone`` there
    is the key alone. Wanted rows are dealt out by their key once, of the known ones only numbers.
    """
    basis, told = (_number(part) for part in (work.basis, work.told))
    now = wanted.withColumns({"now_basis": basis, "now_told": told})
    old = known.select(key, basis.alias("old_basis"), told.alias("old_told"))
    change = (
        when(col("old_basis").isNull(), "new")
        .when(col("now_basis").isNull(), "gone")
        .when(col("old_basis") != col("now_basis"), "changed")
        .when(col("old_told") != col("now_told"), "moved")
    )
    both = now.join(old, key, "full_outer").withColumn("change", change)
    return both.where(col("change").isNotNull()).select(*wanted.columns, "change")


def carried(
    published: DataFrame, differing: DataFrame, key: str, told: tuple[str, ...]
) -> DataFrame:
    """Return the published rows of a bucket that stay, told to occur where they do now.

    Keys travel to the rows: vectors are not shuffled.
    """
    lost = differing.where(col("change").isin("gone", "changed")).select(key)
    left = published.join(broadcast(lost), key, "left_anti")
    if not told:
        return left
    moved = differing.where(col("change") == "moved").select(key, struct(*told).alias("now"))
    is_moved = col("now").isNotNull()
    fresh = {name: when(is_moved, col("now")[name]).otherwise(col(name)) for name in told}
    return left.join(moved, key, "left").withColumns(fresh).drop("now")


def _number(parts: tuple[str, ...]) -> Column:
    """One number for what some columns hold; the rows that are compared have one key."""
    return xxhash64(*(expr(part) for part in parts)) if parts else lit(0)
