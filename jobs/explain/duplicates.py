"""Which components an image or a sentence is in, and who stands for it."""

from pyspark.sql.functions import col

from jobs.explain.story import Story, reason_text
from realsyn_lib.tables import Table

_KINDS = ("perceptual", "semantic")


def tell_duplicates(
    story: Story, duplicates: Table, entities: Table, entity: str, id: int, label: str
) -> bool:
    """Tell the components an entity is in; return whether it survives both kinds.

    Args:
        story: what is told to.
        duplicates: image_duplicates or sentence_duplicates.
        entities: the table of the entity, for the name of a representative.
        entity: image or sentence.
        id: the entity's id.
        label: column of ``entities`` that names it to a person.
    """
    if not story.has(duplicates):
        return False
    stage = f"dedup_{entity}s"
    rows = {row["kind"]: row for row in story.rows(duplicates, "id", id)}
    if not rows:
        story.tell(stage, "no duplicate of it was found")
    for kind in (kind for kind in _KINDS if kind in rows):
        row = rows[kind]
        size = (
            story.published.read(duplicates)
            .where((col("kind") == kind) & (col("component_id") == row["component_id"]))
            .count()
        )
        component = f"{kind} component {row['component_id']} of {size} {entity}s"
        if row["split_from"] is not None:
            component += f", cut out of component {row['split_from']} by the guard against chains"
        if row["representative_id"] == id:
            story.tell(stage, f"representative of the {component}")
            continue
        story.tell(stage, f"ends here, {reason_text(f'{kind}_duplicate')}; {component}")
        kept = story.rows(entities, f"{entity}_id", row["representative_id"])
        name = kept[0][label] if kept else "unknown"
        story.tell(stage, f"{entity} {row['representative_id']} stands for it: {name}")
        return False
    return True
