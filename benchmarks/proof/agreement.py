"""How far texts say what is in their pictures: the truth is known, so it can be counted."""

import re

from benchmarks.proof.datasets import ARMS, SAMPLINGS, Picture
from benchmarks.proof.scenes import COLOURS, SHAPES, Scene

_NAMED = re.compile(rf"\b({'|'.join(COLOURS)}) ({'|'.join(SHAPES)})s?\b", re.IGNORECASE)


def named_kinds(text: str) -> set[tuple[str, str]]:
    """Return the kinds of things that a text names."""
    return {(colour.lower(), shape.lower()) for colour, shape in _NAMED.findall(text)}


def agreements(pictures: list[Picture], truth: dict[str, Scene]) -> dict[str, dict[str, float]]:
    """Return for each sampling and arm, ``random a``: shares of texts and of things, 0..1.

    ``telling``: texts that name any kind; ``right``: named kinds that the picture shows;
    ``covered``: kinds shown that a text of the picture names, meaned over its texts.
    """
    found = {}
    for sampling in SAMPLINGS:
        drawn = [picture for picture in pictures if sampling in picture.samplings]
        for arm in ARMS:
            texts = [
                (named_kinds(text), {thing.kind for thing in truth[_origin(picture.file)].things})
                for picture in drawn
                for text in picture.texts[arm]
            ]
            named = sum(len(said) for said, _ in texts)
            both = sum(len(said & shown) for said, shown in texts)
            found[f"{sampling} {arm}"] = {
                "texts": len(texts),
                "telling": sum(bool(said) for said, _ in texts) / max(len(texts), 1),
                "right": both / max(named, 1),
                "covered": both / max(sum(len(shown) for _, shown in texts), 1),
            }
    return found


def _origin(file: str) -> str:
    return file.removeprefix("copy-")
