"""All that the line knows of one image or one sentence."""

from dataclasses import dataclass

from jobs.view.fates import Fates
from jobs.view.queries import Queries, Row
from realsyn_lib.errors import InputError
from realsyn_lib.view.content import ImageCard, SentenceCard

_PLACES = 20
_IMAGES_SHOWN = 24

_FOUND_AT = """
SELECT found.document_id, found.position, any_value(d.url) AS url, any_value(d.title) AS title
FROM {table} found LEFT JOIN documents d ON d.document_id = found.document_id AND d.drop_reason IS NULL
WHERE found.{key} = ? GROUP BY ALL ORDER BY found.document_id, found.position LIMIT ?
"""
_FOUND_IMAGE = _FOUND_AT.format(table="images_found", key="image_id")
_FOUND_SENTENCE = _FOUND_AT.format(table="sentences_found", key="sentence_id")
_GROUPS_OF = "SELECT kind, component_id, representative_id FROM {table} WHERE id = ? ORDER BY kind"


@dataclass(frozen=True)
class ImageStory:
    """One image: its rows in the tables, None or none where it did not come so far."""

    card: ImageCard
    places: list[Row]
    fetched: Row | None
    measured: Row | None
    groups: list[Row]
    retrieved: list[Row]
    described: Row | None
    written: Row | None
    pair: Row | None
    cluster: Row | None
    tiers: list[Row]


@dataclass(frozen=True)
class SentenceStory:
    """One sentence, and the images that were given it."""

    card: SentenceCard
    places: list[Row]
    scores: Row | None
    groups: list[Row]
    cluster: Row | None
    given: list[tuple[Row, ImageCard]]


class Stories:
    """Looks up stories."""

    def __init__(self, queries: Queries, fates: Fates) -> None:
        self._queries, self._fates = queries, fates

    def image(self, image_id: int) -> ImageStory:
        """Tell an image's story.

        Raises:
            InputError: there is no such image.
        """
        card = self._fates.images([image_id]).get(image_id)
        if card is None:
            raise InputError(f"there is no image {image_id}")
        rows, row = self._queries.rows, self._queries.row
        return ImageStory(
            card=card,
            places=rows(_FOUND_IMAGE, image_id, _PLACES),
            fetched=row("FROM fetches WHERE image_id = ?", image_id),
            measured=row("FROM images WHERE image_id = ?", image_id),
            groups=rows(_GROUPS_OF.format(table="image_duplicates"), image_id),
            retrieved=rows("FROM retrieved_texts WHERE image_id = ? ORDER BY rank", image_id),
            described=row("FROM image_descriptions WHERE image_id = ?", image_id),
            written=row("FROM synthetic_texts WHERE image_id = ?", image_id),
            pair=row("FROM pairs WHERE image_id = ?", image_id),
            cluster=row("FROM image_clusters WHERE image_id = ?", image_id),
            tiers=rows("FROM samples WHERE image_id = ? ORDER BY tier", image_id),
        )

    def sentence(self, sentence_id: int) -> SentenceStory:
        """Tell a sentence's story.

        Raises:
            InputError: there is no such sentence.
        """
        card = self._fates.sentences([sentence_id]).get(sentence_id)
        if card is None:
            raise InputError(f"there is no sentence {sentence_id}")
        rows, row = self._queries.rows, self._queries.row
        given = rows(
            "FROM retrieved_texts WHERE sentence_id = ? ORDER BY cosine DESC, image_id LIMIT ?",
            sentence_id, _IMAGES_SHOWN,
        )  # fmt: skip
        cards = self._fates.images([found["image_id"] for found in given])
        return SentenceStory(
            card=card,
            places=rows(_FOUND_SENTENCE, sentence_id, _PLACES),
            scores=row("FROM sentences WHERE sentence_id = ?", sentence_id),
            groups=rows(_GROUPS_OF.format(table="sentence_duplicates"), sentence_id),
            cluster=row(
                "SELECT cluster_id FROM sentence_clusters WHERE sentence_id = ?", sentence_id
            ),
            given=[
                (found, cards[found["image_id"]]) for found in given if found["image_id"] in cards
            ],
        )
