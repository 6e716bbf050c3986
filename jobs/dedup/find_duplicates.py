"""The body of both dedup stages: perceptual edges, then semantic ones among their survivors."""

from collections.abc import Callable
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql.functions import col

from jobs.dedup.added_rows import added_rows
from jobs.dedup.components import components
from jobs.dedup.semantic_pairs import semantic_edges
from jobs.dedup.settled import settled
from jobs.dedup.survivors import Survival, survivors
from jobs.memory import Memory
from jobs.stage import Stage
from realsyn_lib.config import SemanticSettings
from realsyn_lib.tables import Table

Edges = Callable[[Memory, DataFrame | None], DataFrame]


@dataclass(frozen=True)
class Entities:
    """What is deduplicated.

    ``name``: image or sentence. ``marks``: id, mark of every kept row; the mark is a hash of all
    that its perceptual pairs depend on. ``vectors``: id, embedding; an id without one joins nothing.
    ``merits``: id, merits of each row: who survives; None: the member nearest to the centroid.
    """

    name: str
    marks: DataFrame
    vectors: DataFrame
    merits: DataFrame | None


def find_duplicates(
    stage: Stage, table: Table, entities: Entities, edges: Edges, settings: SemanticSettings
) -> None:
    """Write a duplicates table; what the last run found out about rows that are as they were is used.

    Args:
        stage: the attempt.
        table: image_duplicates or sentence_duplicates.
        entities: rows, vectors, merits.
        edges: gives src, dst, the perceptual near pairs of all rows, told which are new (None: all);
            called once, where there is work.
        settings: distance and cells of the semantic search, and the guard against chains.
    """
    vectors = entities.vectors
    rows = vectors.count()
    survival = Survival(entities.merits, settings.max_representative_distance)

    def build() -> DataFrame:
        memory = Memory(stage)
        changes = added_rows(stage, memory, entities.marks, vectors)
        near = edges(memory, changes.added)
        sound = near.join(changes.bare, near["src"] == changes.bare["id"], "left_anti")
        sound = sound.join(changes.bare, sound["dst"] == changes.bare["id"], "left_anti")
        perceptual = named(memory, "perceptual", sound, vectors)
        left = survivors(vectors, perceptual, "id")
        pairs = semantic_edges(stage, left, settings, memory)
        found = perceptual.union(named(memory, "semantic", pairs, left))
        memory.seal()
        return found

    def named(memory: Memory, kind: str, pairs: DataFrame, own: DataFrame) -> DataFrame:
        members = stage.scratch(f"{kind}_components", components(stage, pairs, rows))
        return settled(stage, memory, kind, members, own, survival, rows)

    duplicates = stage.write(table, build)
    if survival.max_distance is not None:
        stage.metrics |= split_figures(duplicates)
    _account(stage, duplicates, vectors, entities.name, rows)


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
