"""The body of both dedup stages: perceptual edges, then semantic ones among their survivors."""

from collections.abc import Callable

from pyspark.sql import DataFrame
from pyspark.sql.functions import col

from jobs.components import components
from jobs.duplicate_rows import duplicate_rows
from jobs.memory import Memory
from jobs.semantic_pairs import semantic_edges
from jobs.stage import Stage
from jobs.survivors import Survival, survivors
from realsyn_lib.config import SemanticSettings
from realsyn_lib.tables import Table


def find_duplicates(
    stage: Stage, table: Table, entity: str, vectors: DataFrame, merits: DataFrame | None,
    edges: Callable[[], DataFrame], settings: SemanticSettings,
) -> None:  # fmt: skip
    """Write a duplicates table.

    Args:
        stage: the attempt.
        table: image_duplicates or sentence_duplicates.
        entity: image or sentence.
        vectors: id, embedding of every kept row; an id without a vector joins nothing.
        merits: id, merits of each row: who survives; None: the member nearest to the centroid.
        edges: gives src, dst, the perceptual near pairs; called once, where there is work.
        settings: distance and cells of the semantic search, and the guard against chains.
    """
    rows = vectors.count()
    survival = Survival(merits, settings.max_representative_distance)

    memory = Memory(stage)

    def named(kind: str, pairs: DataFrame, own: DataFrame) -> DataFrame:
        members = stage.scratch(f"{kind}_components", components(stage, pairs, rows))
        return duplicate_rows(stage, kind, members, own, survival, rows)

    def build() -> DataFrame:
        src, dst = (vectors.select(col("id").alias(end)) for end in ("src", "dst"))
        sound = edges().join(src, "src", "left_semi").join(dst, "dst", "left_semi")
        pairs = sound.select("src", "dst")
        perceptual = stage.scratch("perceptual", named("perceptual", pairs, vectors))
        left = survivors(vectors, perceptual, "id")
        found = semantic_edges(stage, left, settings, memory)
        return perceptual.union(named("semantic", found, left))

    duplicates = stage.write(table, build)
    memory.seal()
    if survival.max_distance is not None:
        stage.metrics |= split_figures(duplicates)
    _account(stage, duplicates, vectors, entity, rows)


def split_figures(duplicates: DataFrame) -> dict[str, float]:
    """Count the components that the guard cut, what they fell into, and their members."""
    cut = duplicates.where(col("split_from").isNotNull())
    counts = ("count(DISTINCT kind, split_from)", "count(DISTINCT kind, component_id)", "count(*)")
    found = cut.selectExpr(*counts).collect()[0]
    names = ("split_components", "split_parts", "split_members")
    return {name: float(count) for name, count in zip(names, found, strict=True)}


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
