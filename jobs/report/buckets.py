"""Where pictures lie: a report draws its examples from few buckets, so that it reads few bytes."""

from pyspark.sql import Column
from pyspark.sql.functions import col, expr, lit, pmod

from jobs.published import Published
from realsyn_lib.hashing import xxhash64_sql

_SEED = 1
_WRITER = "fetch_images"  # of image_bytes


def bucket_count(published: Published) -> int:
    """Return the buckets that the bytes of pictures are stored in; 1 where none are."""
    run = published.last_runs().get(_WRITER)
    return int(run.metrics.get("buckets", 1)) if run else 1


def bucket_of(published: Published, key: str) -> Column:
    """Return the bucket of a row's picture by its image_id, a column of bigint."""
    return pmod(col(key), lit(bucket_count(published)))


def rank_of(key: str) -> Column:
    """Return the hash by which examples are drawn: a bigint, evenly spread."""
    return expr(xxhash64_sql(_SEED, key))


def drawing_order(published: Published, key: str) -> tuple[Column, Column, Column]:
    """Return what examples with pictures are ordered by: bucket after bucket, in each by hash.

    Ids are digests, so that one bucket is a fair sample of all rows.
    """
    return bucket_of(published, key), rank_of(key), col(key)
