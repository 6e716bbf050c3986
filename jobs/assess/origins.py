"""Where pictures come from, and what is said of their licence."""

from pyspark.sql import Column, DataFrame
from pyspark.sql.functions import (
    coalesce,
    col,
    count,
    count_if,
    desc,
    lit,
    lower,
    regexp_extract,
    substring,
    trim,
    when,
)
from pyspark.sql.functions import sum as sum_of

from realsyn_lib.tables import ASSESSMENTS

LOCAL_HOST = "(no host)"
OTHERS = "(all others)"
NOT_STATED = "(not stated)"
_HOST = r"^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?(\[[^\]/?#]*\]|[^/:?#]+)"
_MOST_LETTERS = 253  # of a host name; of a licence, whatever a page puts there


def host_of(url: Column) -> Column:
    """Return the host of an address in lower case; addresses without one, such as paths, say so."""
    host = substring(lower(regexp_extract(url, _HOST, 1)), 1, _MOST_LETTERS)
    return coalesce(when(host != "", host), lit(LOCAL_HOST))


def licence_of(column: Column) -> Column:
    """Return a licence as its table states it, cut; null and empty are not stated."""
    stated = substring(trim(column), 1, _MOST_LETTERS)
    return coalesce(when(stated != "", stated), lit(NOT_STATED))


def host_rows(pairs: DataFrame, most: int) -> DataFrame:
    """Return rows of each of the ``most`` most frequent hosts, of all others, and how many hosts."""
    return _listed(pairs.select(host_of(col("raw_image_url")).alias("label")), "hosts", most)


def licence_rows(pairs: DataFrame, most: int) -> DataFrame:
    """Return rows of each of the most frequent licences of the column ``licence``; null is one."""
    return _listed(pairs.select(licence_of(col("licence")).alias("label")), "licences", most)


def _listed(labels: DataFrame, measure: str, most: int) -> DataFrame:
    """Count labels; the first ``most`` come through the driver, the others as two numbers."""
    counted = labels.groupBy("label").agg(count(lit(1)).alias("rows")).persist()
    named = counted.orderBy(desc("rows"), "label").limit(most).collect()
    is_told = ~col("label").isin(LOCAL_HOST, NOT_STATED)
    whole = counted.agg(sum_of("rows").alias("rows"), count_if(is_told).alias("labels")).collect()[
        0
    ]
    counted.unpersist()
    rows = [(measure, row.label, float(row.rows)) for row in named]
    others = float((whole.rows or 0) - sum(row.rows for row in named))
    rows += [(measure, OTHERS, others)] if others else []
    rows.append((f"distinct_{measure}", "all", float(whole.labels)))
    return labels.sparkSession.createDataFrame(rows, ASSESSMENTS.schema_of())
