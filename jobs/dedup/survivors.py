"""Who survives: the rule of a stage, and the rows that no component dropped."""

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql.functions import col, expr

LEAST_MERIT = "min_by(id, struct(merits, id)) AS representative_id"
# Members of a component that one task holds. Not a setting of batch: a larger component that must
# be cut is cut into parts of so many rows first, so the number decides content.
_HELD_MEMBERS = 8192
_MERITS = {
    "largest_image": "array(-coalesce(CAST(width_px AS bigint) * height_px, 0))",
    "first_seen": "array(document_id, CAST(position AS bigint))",
}


@dataclass(frozen=True)
class Survival:
    """How the members of a component are settled.

    ``merits``: id, merits (array<bigint>, least first); None: nearest to the centroid.
    ``max_distance``: largest 1 - cosine of a member and its representative; None: any.
    ``held``: members of a component that one task holds.
    """

    merits: DataFrame | None = None
    max_distance: float | None = None
    held: int = _HELD_MEMBERS


def merits_of(entities: DataFrame, key: str, rule: str) -> DataFrame | None:
    """Return id, merits of images or sentences; None where the rule looks at vectors only."""
    if rule == "nearest_to_centroid":
        return None
    return entities.select(col(key).alias("id"), expr(_MERITS[rule]).alias("merits"))


def survivors(frame: DataFrame, duplicates: DataFrame, key: str) -> DataFrame:
    """Return the rows of ``frame`` that no component dropped; ``key`` is its id column."""
    dropped = duplicates.where(col("id") != col("representative_id")).select(col("id").alias(key))
    return frame.join(dropped, key, "left_anti")
