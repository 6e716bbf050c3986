"""Found sentences -> rows of retrieved_texts."""

from pyspark.sql import DataFrame

from realsyn_lib.tables import RETRIEVED_TEXTS


def with_texts(found: DataFrame, texts: DataFrame) -> DataFrame:
    """Return the rows of retrieved_texts: only sentences that were found meet their texts."""
    both = found.drop("text_key", "is_only").join(texts, "sentence_id")
    return both.selectExpr(*(_typed(name) for name in RETRIEVED_TEXTS.names))


def _typed(name: str) -> str:
    return "CAST(cosine AS float) AS cosine" if name == "cosine" else name
