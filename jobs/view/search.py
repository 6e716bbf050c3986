"""Images and sentences nearest to a text, an image or a sentence, in the run's own space."""

from concurrent.futures import Future, TimeoutError
from dataclasses import dataclass, replace
from threading import Lock
from typing import TypeVar

import numpy as np

from jobs.view.fates import Fates
from jobs.view.run_encoder import RunEncoder
from jobs.view.vectors import FEATURES, IMAGES, SENTENCES, VectorColumn, VectorStore
from realsyn_lib.errors import InputError
from realsyn_lib.sentences.clean import clean_text
from realsyn_lib.view.content import ImageCard, SentenceCard

MAX_QUERY_CHARS = 500
TOP = 48
_PATIENCE_S = 20.0  # longer and the page says that it is not ready yet
Answer = TypeVar("Answer")


class NotReadyError(Exception):
    """What was asked for is still being made; its text says what."""


@dataclass(frozen=True)
class Found:
    """What was nearest, best first; ``rows`` is how many were compared."""

    images: tuple[ImageCard, ...] = ()
    sentences: tuple[SentenceCard, ...] = ()
    rows: int = 0


@dataclass(frozen=True)
class Search:
    """Compares every row: nothing is missed. One search runs at a time, on ``threads`` threads."""

    encoder: RunEncoder
    store: VectorStore
    fates: Fates
    threads: int
    one_at_a_time: Lock

    def by_text(self, text: str, target: str) -> Found:
        """Return the images or sentences nearest to a text.

        Raises:
            InputError: no text, or too much of it.
            NotReadyError: the encoder or the vectors are still on their way.
        """
        cleaned = clean_text(text)
        if not 0 < len(cleaned) <= MAX_QUERY_CHARS:
            raise InputError(f"a text of {len(cleaned)} letters; expected 1 to {MAX_QUERY_CHARS}")
        vector = _result(self.encoder.text_vector(cleaned), "The encoder is being loaded")
        return self._found(vector, _SPACE[target], target, None)

    def by_image(self, image_id: int, target: str) -> Found:
        """Return images that look like an image, or sentences near it.

        Looks are compared by the feature, where the encoder has one beside the embedding.
        """
        if target == "sentences":
            return self._found(self._own(IMAGES, image_id), SENTENCES, target, None)
        column = FEATURES if self._has_features() else IMAGES
        return self._found(self._own(column, image_id), column, target, image_id)

    def by_sentence(self, sentence_id: int, target: str) -> Found:
        """Return images or other sentences near a sentence."""
        own = self._own(SENTENCES, sentence_id)
        return self._found(own, _SPACE[target], target, sentence_id)

    def _has_features(self) -> bool:
        return len(_result(self.store.ask(FEATURES), _LAYING).ids) > 0

    def _own(self, column: VectorColumn, id: int) -> np.ndarray:
        file = _result(self.store.ask(column), _LAYING)
        row = file.row_of(id)
        if row is None:
            raise InputError(f"{id} has no vector: it was dropped before it was embedded")
        return file.vector(row)

    def _found(
        self, query: np.ndarray, column: VectorColumn, target: str, itself: int | None
    ) -> Found:
        from udfs.scan_vectors import best_rows  # FAISS, which the other pages do without

        file = _result(self.store.ask(column), _LAYING)
        with self.one_at_a_time:
            hits = best_rows(file, query, TOP + 1, self.threads)
        near = {int(id): float(cosine) for id, cosine in zip(hits.ids, hits.cosines, strict=True)}
        ids = [id for id in near if id != itself][:TOP]
        if target == "images":
            cards = self.fates.images(ids)
            images = (replace(cards[id], cosine=near[id]) for id in ids if id in cards)
            return Found(images=tuple(images), rows=len(file.ids))
        texts = self.fates.sentences(ids)
        sentences = (replace(texts[id], cosine=near[id]) for id in ids if id in texts)
        return Found(sentences=tuple(sentences), rows=len(file.ids))


_LAYING = "The vectors are being laid out for the first time"
_SPACE = {"images": IMAGES, "sentences": SENTENCES}
TARGETS = tuple(_SPACE)


def _result(future: Future[Answer], what: str) -> Answer:
    try:
        return future.result(_PATIENCE_S)
    except TimeoutError as error:
        if future.done():
            raise
        raise NotReadyError(what) from error
