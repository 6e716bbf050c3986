"""A few components of duplicates, with some of their members."""

from collections import defaultdict
from collections.abc import Collection
from functools import reduce
from operator import or_

from pyspark.sql import DataFrame
from pyspark.sql.functions import col, count, lit, row_number
from pyspark.sql.window import Window

from jobs.published import Published
from jobs.report.buckets import drawing_order
from jobs.report.gallery import MAX_TEXT_CHARS
from realsyn_lib.report.content import Component, Member
from realsyn_lib.tables import (
    IMAGE_DUPLICATES,
    IMAGES,
    SENTENCE_DUPLICATES,
    SENTENCES,
    Table,
)

KINDS = ("perceptual", "semantic")
_COMPONENTS = 4  # of each kind
_MEMBERS = 4


def image_components(published: Published) -> tuple[Component, ...]:
    """Return components of images; a member's label is its url."""
    return _components(published, IMAGE_DUPLICATES, IMAGES, "image_id", "url")


def sentence_components(published: Published) -> tuple[Component, ...]:
    """Return components of sentences; a member's label is its text."""
    return _components(published, SENTENCE_DUPLICATES, SENTENCES, "sentence_id", "text")


def _components(
    published: Published, duplicates: Table, entities: Table, key: str, label: str
) -> tuple[Component, ...]:
    if not (published.has(duplicates) and published.has(entities)):
        return ()
    rows = published.read(duplicates)
    chosen = _chosen(published, rows)
    members = _members_of(rows, chosen)
    shown = {pair: _first_members(found) for pair, found in members.items()}
    labels = _labels(published.read(entities), key, label, shown)
    return tuple(
        Component(
            kind, component, chosen[kind, component], _members(shown[kind, component], labels)
        )
        for kind, component in sorted(shown)
    )


def _members_of(
    rows: DataFrame, chosen: Collection[tuple[str, int]]
) -> dict[tuple[str, int], list[tuple[int, int]]]:
    """(id, representative_id) of all members of the chosen components, by kind and component."""
    found: dict[tuple[str, int], list[tuple[int, int]]] = defaultdict(list)
    wanted = [
        (col("kind") == kind) & col("component_id").isin([id for of, id in chosen if of == kind])
        for kind in KINDS
    ]  # by kind: a giant of the other kind may have the same id
    for row in rows.where(reduce(or_, wanted)).collect():
        found[row["kind"], row["component_id"]].append((row["id"], row["representative_id"]))
    return found


def _chosen(published: Published, rows: DataFrame) -> dict[tuple[str, int], int]:
    """Components of each kind with their sizes: by hash rank, without giants (they flood) and lone parts."""
    sizes = (
        rows.where(col("kind").isin(*KINDS))
        .groupBy("kind", "component_id")
        .agg(count(lit(1)).alias("size"))
        .where("size BETWEEN 2 AND 1000")
    )
    order = drawing_order(published, "component_id")
    place = row_number().over(Window.partitionBy("kind").orderBy(*order))
    found = sizes.withColumn("place", place).where(col("place") <= _COMPONENTS).collect()
    return {(row["kind"], row["component_id"]): row["size"] for row in found}


def _first_members(found: list[tuple[int, int]]) -> list[tuple[int, bool]]:
    """The representative first, then by id."""
    ordered = sorted((member != kept, member) for member, kept in found)
    return [(member, not other) for other, member in ordered[:_MEMBERS]]


def _labels(
    rows: DataFrame, key: str, label: str, shown: dict[tuple[str, int], list[tuple[int, bool]]]
) -> dict[int, str]:
    ids = sorted({member for members in shown.values() for member, _kept in members})
    found = rows.where(col(key).isin(ids)).select(key, col(label).substr(1, MAX_TEXT_CHARS))
    return {row[0]: row[1] for row in found.collect()} if ids else {}


def _members(found: list[tuple[int, bool]], labels: dict[int, str]) -> tuple[Member, ...]:
    return tuple(Member(member, labels.get(member, str(member)), kept) for member, kept in found)
