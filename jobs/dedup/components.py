"""Near pairs -> components."""

from pyspark.sql import DataFrame

from jobs.stage import Stage
from udfs.components import (
    EDGES_DDL,
    HUNG_DDL,
    LABELS_DDL,
    hang_neighbours,
    label_components,
    reduce_edges,
)


def components(stage: Stage, edges: DataFrame, ids: int) -> DataFrame:
    """Return (id, component_id) of every id that has an edge; a component is its smallest id.

    Each partition reduces its edges to a forest first, so that at most one edge for each id and
    partition is shuffled. Up to ``batch.component_ids`` ids meet in one task, more in rounds.

    Args:
        stage: the attempt, for its settings and working files.
        edges: src, dst.
        ids: how many ids there are at most.
    """
    forest = edges.mapInArrow(reduce_edges, EDGES_DDL)
    tasks = -(-ids // stage.conf.batch.component_ids)
    if tasks <= 1:
        return forest.repartition(1).mapInArrow(label_components, LABELS_DDL)
    stars = star_rounds(stage, forest, tasks)
    roots = stars.select("dst").distinct()
    return stars.selectExpr("src AS id", "dst AS component_id").union(
        roots.selectExpr("dst AS id", "dst AS component_id")
    )


def star_rounds(stage: Stage, edges: DataFrame, tasks: int) -> DataFrame:
    """Return (src, dst): each id but the smallest of its component, and that one.

    A round gathers edges by their larger end, where partitions reduce them to forests, and then
    by both ends, where neighbours hang on the smallest one (large-star, small-star). Rounds grow
    with the logarithm of the longest chain; edges never do, and no task holds more than its share.
    """
    number, is_open = 0, True
    while is_open:
        forest = edges.repartition(tasks, "src").mapInArrow(reduce_edges, EDGES_DDL)
        ends = "inline(array(struct(src AS node, src, dst), struct(dst AS node, src, dst)))"
        hung = forest.selectExpr(ends).repartition(tasks, "node")
        rows = stage.scratch(f"stars_{number % 2}", hung.mapInArrow(hang_neighbours, HUNG_DDL))
        is_open = not rows.where("is_open").isEmpty()
        number, edges = number + 1, rows.select("src", "dst")
    return edges
