"""Near pairs -> components."""

from pyspark.sql import DataFrame
from pyspark.sql.functions import approx_count_distinct, coalesce, col
from pyspark.sql.functions import min as min_of

from jobs.stage import Stage
from udfs.components import (
    EDGES_DDL,
    LABELS_DDL,
    LED_DDL,
    contract,
    label_components,
    lead,
    reduce_edges,
)

_PARTS_OF_A_TASK = 4  # of one whose ids are labelled: a part sorts both ends of its edges
_BOTH_ENDS = "inline(array(struct(src AS node, dst AS other), struct(dst AS node, src AS other)))"


def components(stage: Stage, edges: DataFrame, ids: int) -> DataFrame:
    """Return (id, component_id) of every id that has an edge; a component is its smallest id.

    Each partition reduces its edges to a forest first, so that at most one edge for each id and
    partition is shuffled. Up to ``batch.component_ids`` ids meet in one task; a graph of more is
    contracted until it has no more than that.

    Args:
        stage: the attempt, for its settings and working files.
        edges: src, dst.
        ids: how many ids there are at most.
    """
    forest = edges.mapInArrow(reduce_edges, EDGES_DDL)
    most = stage.conf.batch.component_ids
    if ids <= most:
        return _labelled(forest)
    return _contracted(stage, forest, -(-ids // most))


def _labelled(edges: DataFrame) -> DataFrame:
    return edges.repartition(1).mapInArrow(label_components, LABELS_DDL)


def _contracted(stage: Stage, edges: DataFrame, tasks: int) -> DataFrame:
    """Contract, label what is left, and go back step by step.

    A step costs three passes over its ids and edges and leaves some half of them, so that all
    steps together cost twice the first one, however long a chain is.
    """
    steps: list[DataFrame] = []
    left = None
    while left is None or left > stage.conf.batch.component_ids:
        number = len(steps)
        parts = max(_PARTS_OF_A_TASK * tasks >> number, int(stage.conf.spark.shuffle_partitions))
        ends = edges.selectExpr(_BOTH_ENDS).where("node != other").repartition(parts, "node")
        led = stage.scratch(f"led_{number}", ends.mapInArrow(lead(number), LED_DDL))
        met = led.repartition(parts, "node").mapInArrow(contract, EDGES_DDL)
        edges = stage.scratch(f"contracted_{number}", met)
        steps.append(led.where("is_own").select("node", "leader"))
        left = edges.selectExpr("explode(array(src, dst)) AS id").agg(approx_count_distinct("id"))
        left = left.collect()[0][0]
    labels = stage.scratch("leader_labels", _labelled(edges))
    for step in reversed(steps):
        own = step.join(labels, step["leader"] == labels["id"], "left")
        label = coalesce("component_id", "leader").alias("component_id")
        labels = own.select(col("node").alias("id"), label)
    labels = stage.scratch("contraction_labels", labels)
    smallest = labels.groupBy("component_id").agg(min_of("id").alias("smallest"))
    return labels.join(smallest, "component_id").selectExpr("id", "smallest AS component_id")
