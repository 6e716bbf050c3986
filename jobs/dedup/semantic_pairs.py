"""Semantic near pairs: of all rows once, then, run after run, of what was added or lost a link."""

from pyspark.sql import DataFrame

from jobs.dedup.components import components
from jobs.dedup.frozen_cells import known_levels
from jobs.dedup.semantic_added import after_change
from jobs.dedup.semantic_cells import meet_in_cells
from jobs.dedup.semantic_change import change_since
from jobs.dedup.semantic_past import Past, keep, past_of
from jobs.dedup.vector_keys import distinct_vectors, keyed
from jobs.memory import Memory
from jobs.stage import Stage
from realsyn_lib.config import SemanticSettings
from udfs.components import EDGES_DDL
from udfs.near_pairs import near_pairs

_LARGEST_SHARE = 0.2  # of rows that are asked; above it all are compared anew


def semantic_edges(
    stage: Stage, vectors: DataFrame, settings: SemanticSettings, memory: Memory
) -> DataFrame:
    """Return src, dst: edges of the components of near pairs of (id, embedding).

    A vector not of unit norm joins nothing. Few rows are compared in one task. Of many, equal
    vectors are joined by their hash and the others meet in cells, which are fitted once. Where
    memory has a past, only rows that were added, and those of components that lost a row, are
    looked up: the components are those of all rows compared in these cells. An id of the past must
    have its vector of then.
    """
    rows = vectors.count()
    if rows <= settings.rows_per_cluster:
        stage.metrics["cells"] = 1.0
        return _in_one_task(keyed(vectors), settings)
    found = _since(stage, vectors, rows, settings, past_of(memory))
    if found is None:
        return _of_all(stage, vectors, rows, settings, memory)
    return _kept(stage, found, rows, memory)


def _since(
    stage: Stage, vectors: DataFrame, rows: int, settings: SemanticSettings, past: Past | None
) -> Past | None:
    """Return what is there now, by what is new; None where all must be compared."""
    if past is None:
        return None
    facts = past.facts.collect()[0]
    index = known_levels(stage, settings, facts.width)
    if index is None:
        return None
    change = change_since(stage, past, vectors)
    if change.asked_count > _LARGEST_SHARE * rows:
        return None
    found = after_change(stage, vectors, change, past, index, settings)
    if found is not None:
        _tell_recall(stage, "full_run_pair_recall", facts.pairs, facts.found)
        stage.metrics |= {
            "semantic_rows_added": float(change.added),
            "semantic_rows_removed": float(change.removed),
            "semantic_rows_asked": float(change.asked_count),
        }
    return found


def _of_all(
    stage: Stage, vectors: DataFrame, rows: int, settings: SemanticSettings, memory: Memory
) -> DataFrame:
    sound = stage.scratch("keyed_vectors", keyed(vectors))
    distinct, equal = distinct_vectors(stage, sound)
    facts = distinct.selectExpr("count(*)", "max(octet_length(embedding)) DIV 2").collect()[0]
    count, width = int(facts[0]), int(facts[1] or 0)
    if count <= settings.rows_per_cluster:
        stage.metrics["cells"] = 1.0
        return _in_one_task(distinct, settings).union(equal)
    met = meet_in_cells(stage, distinct, count, width, settings)
    recall = met.facts.collect()[0]
    _tell_recall(stage, "pair_recall", recall.pairs, recall.found)
    all_rows = vectors.select("id").join(met.rows, "id", "left")
    return _kept(stage, Past(all_rows, met.edges.union(equal), met.facts), rows, memory)


def _in_one_task(vectors: DataFrame, settings: SemanticSettings) -> DataFrame:
    rows = vectors.select("id", "embedding").repartition(1)
    return rows.mapInArrow(near_pairs(settings.max_cosine_distance), EDGES_DDL)


def _kept(stage: Stage, found: Past, rows: int, memory: Memory) -> DataFrame:
    """Make the edges stars and keep all for the next run; return the stars."""
    joined = components(stage, found.stars, rows).where("id != component_id")
    stars = joined.selectExpr("id AS src", "component_id AS dst")
    return keep(memory, found.rows, stars, found.facts).stars


def _tell_recall(stage: Stage, name: str, pairs: int, found: int) -> None:
    """Metrics: the share of near pairs that meet, and how many it rests on."""
    stage.metrics[f"{name}_pairs"] = float(pairs)
    if pairs:
        stage.metrics[name] = found / pairs
