"""Which picture an ``<img>`` shows: lazy loading, ``srcset`` and ``<picture>`` -> one address.

The largest picture that the page offers is taken: the widest ``w`` candidate, else the highest
density ``x``; an address without a descriptor is ``1x``. Of equal candidates the first of this
order: what a script would load (``data-src`` and its like), ``srcset``, ``src``, the ``<source>``
elements of the ``<picture>`` from the nearest one on.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from selectolax.lexbor import LexborNode

from realsyn_lib.sources.page_parts import Attributes

IMAGE_TAGS = frozenset(("img", "amp-img"))

# Names that scripts of lazy loading give to the address that they put into src later.
_LATER = (
    "data-src", "data-lazy-src", "data-original", "data-lazy", "data-actualsrc",
    "data-defer-src", "data-hi-res-src", "data-echo",
)  # fmt: skip
_LATER_SETS = ("data-srcset", "data-lazy-srcset", "data-original-set")
# It begins at a letter that is no comma: a run of commas is passed by once, not tried from each.
_CANDIDATE = re.compile(r"([^\s,](?:\S*[^\s,])?)(,|\s+[^,]*)?")
_DESCRIPTOR = re.compile(r"(\d{1,6}(?:\.\d{1,4})?)([wx])")
_STAND_IN = re.compile(
    r"(?:^|[/_-])(?:blank|spacer|placeholder|transparent|pixel|1x1|lazy|loading|loader|trans)"
    r"[\w.-]{0,20}\.(?:gif|png|svg|jpe?g|webp)(?:\?|$)",
    re.I,
)
_READABLE = re.compile(r"image/(?:jpe?g|png|webp|gif|avif|bmp)\b", re.I)
_TINY = frozenset(("0", "1", "0px", "1px"))
_TINY_STYLE = re.compile(r"(?:^|;)\s*(width|height)\s*:\s*[01](?:px)?\s*(?=;|$|!)", re.I)
_MAX_SOURCES = 16  # elements before an <img> that are looked at; real pictures have under ten


class Offer(NamedTuple):
    """``address`` as the page writes it; null where there is none at all.

    ``is_stand_in``: a data address or a blank file that a script would replace. ``is_later``: the
    element names what a script would load.
    """

    address: str | None
    is_stand_in: bool
    is_later: bool


class _Candidate(NamedTuple):
    rank: tuple[bool, float]
    address: str


def offer_of(node: LexborNode, attributes: Attributes) -> Offer:
    """Return the picture that an image element offers."""
    src = (attributes.get("src") or "").strip()
    later = list(_later(attributes))
    candidates = [*later, *_in_set(attributes.get("srcset"))]
    if src and not _stands_in(src):
        candidates.append(_Candidate((False, 1.0), src))
    candidates += _sources_before(node)
    if not candidates:
        return Offer(src or None, True, False)
    return Offer(max(candidates, key=lambda each: each.rank).address, False, bool(later))


def is_tiny(attributes: Attributes) -> bool:
    """Tell a picture of at most one pixel by what the page declares: it counts visits."""
    if attributes.get("width") in _TINY and attributes.get("height") in _TINY:
        return True
    found = _TINY_STYLE.findall((attributes.get("style") or "")[:500])
    return len({name.lower() for name in found}) == 2


def _later(attributes: Attributes) -> Iterator[_Candidate]:
    for name in _LATER:
        address = (attributes.get(name) or "").strip()
        if _may_be_address(address):
            yield _Candidate((False, 1.0), address)
    for name in _LATER_SETS:
        yield from _in_set(attributes.get(name))


def _may_be_address(text: str) -> bool:
    """Scripts keep numbers and templates in such attributes, too."""
    return not _stands_in(text) and ("/" in text or "." in text) and not set(text) & set("{}<> ")


def _in_set(text: str | None) -> Iterator[_Candidate]:
    """Read a srcset: addresses with ``640w`` or ``2x``, commas between them and inside addresses."""
    for address, descriptor in _CANDIDATE.findall(text or ""):
        found = _DESCRIPTOR.fullmatch(descriptor.strip())
        if not _stands_in(address):
            wide = found is not None and found.group(2) == "w"
            yield _Candidate((wide, float(found.group(1)) if found else 1.0), address)


def _sources_before(node: LexborNode) -> Iterator[_Candidate]:
    """Candidates of a picture's ``<source>`` elements that wide screens may get and we can read."""
    parent = node.parent
    if parent is None or parent.tag != "picture":
        return
    before = node.prev
    for _ in range(_MAX_SOURCES):
        if before is None:
            return
        if before.tag == "source":
            attributes = before.attributes
            if _is_for_us(attributes):
                yield from _in_set(attributes.get("srcset") or attributes.get("data-srcset"))
        before = before.prev


def _is_for_us(attributes: Attributes) -> bool:
    kind, media = attributes.get("type") or "", attributes.get("media") or ""
    return "max-width" not in media and (not kind or bool(_READABLE.match(kind.strip())))


def _stands_in(address: str) -> bool:
    return address.startswith(("data:", "about:")) or bool(_STAND_IN.search(address[-200:]))
