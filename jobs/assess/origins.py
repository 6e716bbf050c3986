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

LOCAL_HOST = "(no host)"
OTHERS = "(all others)"
NOT_STATED = "(not stated)"
_HOST = r"^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?(\[[^\]/?#]*\]|[^/:?#]+)"
_MOST_LETTERS = 253  # of a host name; of a licence, whatever a page puts there


def host_of(url: Column) -> Column:
    """Return the host of an address in lower case; addresses without one, such as paths, say so."""
    host = substring(lower(regexp_extract(url, _HOST, 1)), 1, _MOST_LETTERS)
    return coalesce(when(host != "", host), lit(LOCAL_HOST))


def host_rows(pairs: DataFrame, most: int) -> DataFrame:
    """Return rows of each of the ``most`` most frequent hosts, of all others, and how many hosts."""
    hosts = pairs.select(host_of(col("raw_image_url")).alias("host"))
    counted = hosts.groupBy("host").agg(count(lit(1)).alias("rows"))
    return _listed(counted, "host", "hosts", most).unionByName(_distinct(counted))


def licence_rows(pairs: DataFrame, most: int) -> DataFrame:
    """Return rows of each of the most frequent licences of the column ``licence``; null is one."""
    stated = substring(trim(col("licence")), 1, _MOST_LETTERS)
    named = pairs.select(coalesce(when(stated != "", stated), lit(NOT_STATED)).alias("licence"))
    counted = named.groupBy("licence").agg(count(lit(1)).alias("rows"))
    return _listed(counted, "licence", "licences", most)


def _listed(counted: DataFrame, name: str, measure: str, most: int) -> DataFrame:
    """Return the first ``most`` of (name, rows), and the rows of all others as one."""
    first = counted.orderBy(desc("rows"), name).limit(most)
    named = first.select(col(name).alias("label"), col("rows").cast("double").alias("value"))
    rest = counted.agg(sum_of("rows").alias("all")).crossJoin(
        first.agg(sum_of("rows").alias("named"))
    )
    others = rest.select(
        lit(OTHERS).alias("label"), (col("all") - col("named")).cast("double").alias("value")
    )
    both = named.unionByName(others.where(col("value") > 0))
    return both.select(lit(measure).alias("measure"), "label", "value")


def _distinct(counted: DataFrame) -> DataFrame:
    found = counted.agg(count_if(col("host") != LOCAL_HOST).cast("double").alias("value"))
    return found.select(lit("distinct_hosts").alias("measure"), lit("all").alias("label"), "value")
