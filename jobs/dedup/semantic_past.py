"""What semantic dedup keeps for its next run: every row's cells, the components, and their recall."""

from dataclasses import dataclass

from pyspark.sql import DataFrame

from jobs.memory import Memory
from udfs.components import EDGES_DDL

_ROWS, _STARS, _FACTS = "semantic_rows", "semantic_stars", "semantic_facts"
# one, other: the vector's key; cells: its own first. All null: it joins nothing, or equals another.
ROWS_DDL = "id bigint, one bigint, other bigint, cells array<int>"
_FACTS_DDL = "pairs bigint, found bigint, width int"


@dataclass(frozen=True)
class Past:
    """``rows``: ``ROWS_DDL``, every row there was. ``stars``: src, dst, each row but the smallest

    of its component, and that one. ``facts``: one row: the pairs of the last measurement of
    recall, those found, the width of the vectors.
    """

    rows: DataFrame
    stars: DataFrame
    facts: DataFrame


def past_of(memory: Memory) -> Past | None:
    """Return what the last run kept; None where it compared all in one task, or there was none."""
    rows = memory.before(_ROWS, ROWS_DDL)
    stars = memory.before(_STARS, EDGES_DDL)
    facts = memory.before(_FACTS, _FACTS_DDL)
    if rows is None or stars is None or facts is None:
        return None
    return Past(rows, stars, facts)


def keep(memory: Memory, rows: DataFrame, stars: DataFrame, facts: DataFrame) -> Past:
    """Evaluate what the next run needs, and return it."""
    kept = (
        memory.keep(_ROWS, rows.select("id", "one", "other", "cells")),
        memory.keep(_STARS, stars.select("src", "dst")),
        memory.keep(_FACTS, facts.select("pairs", "found", "width")),
    )
    return Past(*kept)
