"""Near pairs -> components -> representatives, as rows of a duplicates table."""

from pyspark.sql import DataFrame
from pyspark.sql.functions import col, lit

from realsyn_lib.tables import IMAGE_DUPLICATES
from udfs.components import choose_representatives, label_components, reduce_edges

_EDGE = "src bigint, dst bigint"


def components(edges: DataFrame) -> DataFrame:
    """Return (id, component_id) of every id that has an edge.

    Each partition reduces its edges to a forest first, so what is shuffled, and what the last
    task holds, is at most one edge for each id and partition: 16 bytes an edge.
    """
    forest = edges.mapInArrow(reduce_edges, _EDGE)
    return forest.repartition(1).mapInArrow(label_components, "id bigint, component_id bigint")


def duplicate_rows(kind: str, members: DataFrame, vectors: DataFrame) -> DataFrame:
    """Return the rows of a duplicates table for the members of components.

    Args:
        kind: perceptual or semantic.
        members: id, component_id.
        vectors: id, embedding: what the centroid of a component is made of.
    """
    grouped = members.join(vectors, "id").groupBy("component_id")
    chosen = grouped.applyInArrow(
        choose_representatives, "component_id bigint, representative_id bigint"
    )
    rows = members.join(chosen, "component_id").withColumn("kind", lit(kind))
    return rows.select(*(col(name) for name in IMAGE_DUPLICATES.names))
