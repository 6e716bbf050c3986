"""How far images and sentences came, many at a time: their rows in every table of the line."""

from collections.abc import Collection

from jobs.published_files import PublishedFiles
from jobs.view.queries import Queries, Row
from realsyn_lib.tables import (
    IMAGE_DUPLICATES,
    PAIRS,
    SENTENCE_CLUSTERS,
    SENTENCE_DUPLICATES,
    Table,
)
from realsyn_lib.view.content import KEPT, WAITING, Fate, ImageCard, SentenceCard, ended

_IMAGES = """
WITH asked AS (SELECT DISTINCT unnest(?::BIGINT[]) AS image_id),
gone AS (
  SELECT id AS image_id, min_by(kind, kind) AS kind, min_by(component_id, kind) AS component_id
  FROM image_duplicates WHERE id IN (FROM asked) AND id <> representative_id GROUP BY id
),
tiers AS (
  SELECT image_id, list_sort(list(tier)) AS tiers FROM samples SEMI JOIN asked USING (image_id)
  GROUP BY image_id
)
SELECT i.image_id, i.url, i.alt_text, i.drop_reason AS filter_images, e.drop_reason AS embed_images,
  e.image_id IS NOT NULL AS in_embeddings, g.kind, g.component_id, p.drop_reason AS balance_pairs,
  p.image_id IS NOT NULL AS in_pairs, tiers
FROM (FROM images SEMI JOIN asked USING (image_id)) i
LEFT JOIN (
  SELECT image_id, drop_reason FROM image_embeddings SEMI JOIN asked USING (image_id)
) e USING (image_id)
LEFT JOIN gone g USING (image_id)
LEFT JOIN (FROM pairs SEMI JOIN asked USING (image_id)) p USING (image_id)
LEFT JOIN tiers USING (image_id)
"""

# Those that never came into `images`: two tables that no other image needs to be looked up in.
_EARLY_IMAGES = """
WITH asked AS (SELECT DISTINCT unnest(?::BIGINT[]) AS image_id)
SELECT f.image_id, f.url, f.alt_text, f.reason AS extract_documents, t.drop_reason AS fetch_images,
  t.image_id IS NOT NULL AS in_fetches
FROM (
  SELECT image_id, min(url) AS url, min(alt_text) AS alt_text,
    CASE WHEN count(*) = count(drop_reason) THEN min(drop_reason) END AS reason
  FROM images_found SEMI JOIN asked USING (image_id) GROUP BY image_id
) f
LEFT JOIN (FROM fetches SEMI JOIN asked USING (image_id)) t USING (image_id)
"""

_SENTENCES = """
WITH asked AS (SELECT DISTINCT unnest(?::BIGINT[]) AS sentence_id),
found AS (
  SELECT sentence_id, min(text) AS text FROM sentences_found SEMI JOIN asked USING (sentence_id)
  GROUP BY sentence_id
),
gone AS (
  SELECT id AS sentence_id, min_by(kind, kind) AS kind, min_by(component_id, kind) AS component_id
  FROM sentence_duplicates WHERE id IN (FROM asked) AND id <> representative_id GROUP BY id
),
used AS (
  SELECT sentence_id, count(*) AS images FROM retrieved_texts SEMI JOIN asked USING (sentence_id)
  GROUP BY sentence_id
)
SELECT a.sentence_id, coalesce(s.text, f.text) AS text, s.drop_reason AS filter_sentences,
  s.sentence_id IS NOT NULL AS in_sentences, e.drop_reason AS embed_sentences,
  e.sentence_id IS NOT NULL AS in_embeddings, g.kind, g.component_id, coalesce(u.images, 0) AS images
FROM asked a
LEFT JOIN found f USING (sentence_id)
LEFT JOIN (FROM sentences SEMI JOIN asked USING (sentence_id)) s USING (sentence_id)
LEFT JOIN (
  SELECT sentence_id, drop_reason FROM sentence_embeddings SEMI JOIN asked USING (sentence_id)
) e USING (sentence_id)
LEFT JOIN gone g USING (sentence_id)
LEFT JOIN used u USING (sentence_id)
"""


class Fates:
    """Cards of images and sentences with what became of them."""

    def __init__(self, published: PublishedFiles, queries: Queries) -> None:
        self._published, self._queries = published, queries

    def images(self, ids: Collection[int]) -> dict[int, ImageCard]:
        """Return a card for each id that a document or a table names."""
        rows = self._queries.rows(_IMAGES, sorted(ids)) if ids else []
        cards = {row["image_id"]: _card(row, self._image(row)) for row in rows}
        early = sorted(set(ids) - set(cards))
        rows = self._queries.rows(_EARLY_IMAGES, early) if early else []
        return cards | {row["image_id"]: _card(row, _early(row)) for row in rows}

    def sentences(self, ids: Collection[int]) -> dict[int, SentenceCard]:
        """Return a card for each id that a document or a table names."""
        rows = self._queries.rows(_SENTENCES, sorted(ids)) if ids else []
        return {
            row["sentence_id"]: SentenceCard(row["sentence_id"], row["text"], self._sentence(row))
            for row in rows
            if row["text"] is not None
        }

    def _image(self, row: Row) -> Fate:
        early = _ended_before(
            row, (("filter_images", True), ("embed_images", row["in_embeddings"]))
        )
        if early is not None:
            return early
        duplicate = self._duplicate(row, "dedup_images", IMAGE_DUPLICATES)
        if duplicate is not None:
            return duplicate
        if not self._published.has(PAIRS):
            return Fate(WAITING, "balance_pairs")
        if not row["in_pairs"]:
            return ended("retrieve_texts", "no_text")
        if row["balance_pairs"] is not None:
            return ended("balance_pairs", row["balance_pairs"])
        tiers = row["tiers"] or []
        return Fate(KEPT, "balance_pairs", note=f"in {', '.join(tiers)}" if tiers else "in no tier")

    def _sentence(self, row: Row) -> Fate:
        steps = (
            ("filter_sentences", row["in_sentences"]), ("embed_sentences", row["in_embeddings"]),
        )  # fmt: skip
        early = _ended_before(row, steps)
        if early is not None:
            return early
        duplicate = self._duplicate(row, "dedup_sentences", SENTENCE_DUPLICATES)
        if duplicate is not None:
            return duplicate
        if not self._published.has(SENTENCE_CLUSTERS):
            return Fate(WAITING, "cluster_sentences")
        return Fate(KEPT, "retrieve_texts", note=_given(row["images"]))

    def _duplicate(self, row: Row, stage: str, table: Table) -> Fate | None:
        if not self._published.has(table):
            return Fate(WAITING, stage)
        if row["kind"] is None:
            return None
        fate = ended(stage, f"{row['kind']}_duplicate")
        return Fate(fate.outcome, stage, fate.reason, component=(row["kind"], row["component_id"]))


def _card(row: Row, fate: Fate) -> ImageCard:
    return ImageCard(row["image_id"], row["url"], row["alt_text"], fate)


def _early(row: Row) -> Fate:
    """Return the fate of an image that has no row in ``images``."""
    steps = (("extract_documents", True), ("fetch_images", row["in_fetches"]))
    return _ended_before(row, steps) or Fate(WAITING, "filter_images")


def _ended_before(row: Row, steps: tuple[tuple[str, bool], ...]) -> Fate | None:
    """Return where a row ended, or waits; None where it came through all of the stages.

    Each step is a stage, whose column holds its drop_reason, and whether it has a row of it.
    """
    for stage, is_there in steps:
        if row[stage] is not None:
            return ended(stage, row[stage])
        if not is_there:
            return Fate(WAITING, stage)
    return None


def _given(images: int) -> str:
    return "given to 1 image" if images == 1 else f"given to {images} images"
