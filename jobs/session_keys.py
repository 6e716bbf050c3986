"""Keys of a session that Spark's readers and some commands of Delta take instead of arguments."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from pyspark.sql import SparkSession


@contextmanager
def session_keys(spark: SparkSession, keys: Mapping[str, str]) -> Iterator[None]:
    """Set keys of the session for a while."""
    before = {key: spark.conf.get(key, None) for key in keys}
    for key, value in keys.items():
        spark.conf.set(key, value)
    try:
        yield
    finally:
        for key, known in before.items():
            if known is None:
                spark.conf.unset(key)
            else:
                spark.conf.set(key, known)
