"""The body of both dedup stages: perceptual edges, then semantic ones among their survivors."""

from collections.abc import Callable

from pyspark.sql import DataFrame
from pyspark.sql.functions import col

from jobs.components import components, duplicate_rows
from jobs.semantic_pairs import semantic_edges
from jobs.stage import Stage
from jobs.survivors import survivors
from realsyn_lib.config import SemanticSettings
from realsyn_lib.tables import Table


def find_duplicates(
    stage: Stage, table: Table, entity: str, vectors: DataFrame,
    edges: Callable[[], DataFrame], settings: SemanticSettings,
) -> None:  # fmt: skip
    """Write a duplicates table.

    Args:
        stage: the attempt.
        table: image_duplicates or sentence_duplicates.
        entity: image or sentence.
        vectors: id, embedding of every kept row; an id without a vector joins nothing.
        edges: gives src, dst, the perceptual near pairs; called once, where there is work.
        settings: distance and cells of the semantic search.
    """
    rows = vectors.count()

    def build() -> DataFrame:
        src, dst = (vectors.select(col("id").alias(end)) for end in ("src", "dst"))
        sound = edges().join(src, "src", "left_semi").join(dst, "dst", "left_semi")
        alike = components(stage, sound.select("src", "dst"), rows)
        members = stage.scratch("perceptual_components", alike)
        perceptual = stage.scratch("perceptual", duplicate_rows("perceptual", members, vectors))
        left = survivors(vectors, perceptual, "id")
        near = components(stage, semantic_edges(stage, left, settings), rows)
        members = stage.scratch("semantic_components", near)
        return perceptual.union(duplicate_rows("semantic", members, left))

    _account(stage, stage.write(table, build), vectors, entity, rows)


def _account(
    stage: Stage, duplicates: DataFrame, vectors: DataFrame, entity: str, rows: int
) -> None:
    """Rows are dropped by the kind in which they are no representative.

    A row dropped by both kinds would be counted twice, and the identity would not hold.
    """
    dropped = duplicates.where(col("id") != col("representative_id")).select("id", "kind")
    reasons = vectors.select("id").join(dropped, "id", "left").groupBy("kind").count()
    outcomes: dict[str | None, int] = {
        f"{row['kind']}_duplicate" if row["kind"] else None: row["count"]
        for row in reasons.collect()
    }
    stage.account(entity, rows, outcomes)
