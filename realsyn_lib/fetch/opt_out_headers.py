"""Opt-outs that a picture's own answer carries: X-Robots-Tag and TDM-Reservation."""

from collections.abc import Iterable, Sequence

# Directives that have a value: what stands before their colon names nobody.
_VALUED = frozenset({"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"})
_MEANS = {"none": ("noindex", "nofollow")}


def refusing_directive(values: Iterable[str], agent: str, refused: frozenset[str]) -> str | None:
    """Return the first word of X-Robots-Tag that refuses us, None where none does.

    Args:
        values: the header, one string for each time it came. ``noai, noimageai`` is for everybody,
            ``otherbot: noai`` for one agent alone, as is what follows it in the same value.
        agent: our name, in lower case.
        refused: directives that are an opt-out, in lower case; ``none`` stands for noindex.
    """
    for value in values:
        to_us = True
        for part in value.lower().split(","):
            name, colon, word = (text.strip() for text in part.partition(":"))
            if not colon:
                word = name
            elif name in _VALUED:
                continue
            else:
                to_us = name in (agent, "*")
            if to_us and refused.intersection((word, *_MEANS.get(word, ()))):
                return word
    return None


def reserves_rights(values: Sequence[str]) -> bool:
    """Tell whether ``TDM-Reservation`` (W3C TDMRep) keeps text and data mining to its owner."""
    return any(value.strip() == "1" for value in values)
