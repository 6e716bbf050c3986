"""Where the documents of some ids came from."""

from collections.abc import Collection

from pyspark.sql.functions import col

from jobs.published import Published
from realsyn_lib.tables import DOCUMENTS


def document_urls(published: Published, document_ids: Collection[int]) -> dict[int, str]:
    """Return the url of each document that was kept; its text is not read."""
    rows = published.read(DOCUMENTS).where(col("document_id").isin(sorted(set(document_ids))))
    kept = rows.where(col("drop_reason").isNull()).select("document_id", "url")
    return {row["document_id"]: row["url"] for row in kept.collect()}
