"""The captioner's role: one sentence about an image."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from udfs.models.best_tags import Tag
from udfs.models.context import ModelContext, no_loader

MAX_NAMED = 3  # tags that the sentence names


class Captioner(Protocol):
    """Describes images."""

    name: str
    digest: str

    @property
    def image_size(self) -> int | None:
        """Side of the pixels it wants; None: it looks at the tags alone."""
        ...

    def caption(self, pixels: np.ndarray, tags: list[list[Tag]]) -> list[str]:
        """Return one sentence for each image; ``pixels`` is (n, side, side, 3) uint8."""
        ...


class TagsSentence:
    """A sentence made from the tags; an image without tags gets an empty caption."""

    image_size: int | None = None

    def __init__(self, name: str, digest: str) -> None:
        self.name, self.digest = name, digest

    def caption(self, pixels: np.ndarray, tags: list[list[Tag]]) -> list[str]:
        """Name the best tags of each image; the pixels are not looked at."""
        return [tags_sentence([tag for tag, _ in row]) for row in tags]


def tags_sentence(tags: list[str]) -> str:
    """Return ``A photo of a daisy, a bee and a pot.`` for the first three tags."""
    named = [f"{'an' if tag[:1].lower() in 'aeiou' else 'a'} {tag}" for tag in tags[:MAX_NAMED]]
    if not named:
        return ""
    head = ", ".join(named[:-1])
    return f"A photo of {head + ' and ' if head else ''}{named[-1]}."


def load_captioner(context: ModelContext, name: str) -> Captioner:
    """Load a captioner of the registry.

    Raises:
        SettingError: no such captioner.
        ModelError: not there, or no code for its loader.
    """
    source = context.reference(name, "captioner").source
    digest = context.registry.digest(name)
    if source.loader == "tags_sentence":
        return TagsSentence(name, digest)
    if source.loader == "transformers":
        # Seconds of imports that no other captioner needs.
        from udfs.models.transformers_captioner import TransformersCaptioner

        return TransformersCaptioner(context, name, digest)
    raise no_loader(name, "captioner", source.loader)
