"""What an element says of itself by tag, role, class and id: text, or something around the text."""

import re
from enum import IntEnum
from functools import lru_cache

Attributes = dict[str, str | None]

_MAX_NAME_CHARS = 500


class Part(IntEnum):
    """How sure it is that an element is not main text. The page's text decides in the end."""

    TEXT = 0
    DOUBTFUL = 1  # removed where links prevail or nothing is said
    AROUND = 2  # removed unless it holds more than half of the page's prose
    CERTAIN = 3  # removed unless nothing else is left


# Parts of class names and ids, cut at hyphens, underscores and capitals.
_CERTAIN = frozenset((
    "comments", "commentlist", "disqus", "outbrain", "taboola", "adsbygoogle", "advertisement",
    "advertisements", "advert", "adverts",
))  # fmt: skip
_AROUND = frozenset((
    "cookie", "cookies", "gdpr", "consent", "sidebar", "newsletter", "breadcrumb", "breadcrumbs",
    "navbar", "nav", "navigation", "pagination", "pager", "sponsored", "sponsor", "modal",
    "ads", "masthead", "skiplink", "sharedaddy", "addtoany", "addthis", "topbar", "paywall",
))  # fmt: skip
_DOUBTFUL = frozenset((
    "related", "recommended", "recommendations", "share", "sharing", "social", "menu",
    "subscribe", "signup", "widget", "popular", "trending", "recent", "tags", "toolbar", "promo",
    "promotion", "footer", "follow", "ad", "copyright", "meta", "readmore", "teaser", "teasers",
))  # fmt: skip
# Whole class names and ids.
_CERTAIN_NAMES = frozenset((
    "sr-only", "screen-reader-text", "visually-hidden", "visuallyhidden", "comment-list",
    "comment-respond", "comment-form",
))  # fmt: skip
_AROUND_NAMES = frozenset((
    "header", "site-header", "site-footer", "page-footer", "footer", "widget-area",
))  # fmt: skip
# `comments-open`, `has-sidebar`: the state of an article or of a layout, not a part of it.
_STATES = frozenset((
    "open", "closed", "has", "no", "not", "with", "without", "off", "enabled", "disabled",
    "layout",
))  # fmt: skip
_ROLES = {
    **dict.fromkeys((
        "navigation", "contentinfo", "banner", "search", "complementary", "dialog",
        "alertdialog", "menu", "menubar", "toolbar", "tablist",
    ), Part.AROUND),
    "alert": Part.DOUBTFUL,
}  # fmt: skip
_TAGS = {
    "nav": Part.AROUND, "footer": Part.AROUND, "form": Part.AROUND, "dialog": Part.AROUND,
    "search": Part.AROUND, "menu": Part.DOUBTFUL,
}  # fmt: skip
# Their names tell of the whole page, or of a picture in the text.
_NEVER = frozenset(("html", "body", "main", "article", "figure", "figcaption"))
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_WORD = re.compile(r"[a-z]+|[A-Z]+(?![a-z])|[A-Z][a-z]*")


def is_hidden(attributes: Attributes) -> bool:
    """Tell what a visitor does not see. ``aria-hidden`` does not tell: many pictures have it."""
    style = attributes.get("style")
    return "hidden" in attributes or bool(style and _HIDDEN.search(style[:_MAX_NAME_CHARS]))


def part_of(tag: str, attributes: Attributes, in_content: bool) -> Part:
    """Say what an element is by what it is called.

    Args:
        tag: its name.
        attributes: as the page has them.
        in_content: it lies in a ``main``, ``article`` or ``section``, whose own headers and
            asides belong to the text.
    """
    if tag in _NEVER:
        return Part.TEXT
    if tag in ("header", "aside"):
        own = Part.TEXT if tag == "header" else Part.DOUBTFUL
        by_tag = own if in_content else Part.AROUND
    else:
        by_tag = _TAGS.get(tag, Part.TEXT)
    if not attributes:
        return by_tag
    if is_hidden(attributes):  # or not shown before a script has run: its prose decides
        by_tag = max(by_tag, Part.AROUND)
    by_role = _ROLES.get(attributes.get("role") or "", Part.TEXT)
    names = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
    return max(by_tag, by_role, _by_names(names[:_MAX_NAME_CHARS]))


@lru_cache(maxsize=2048)
def _by_names(names: str) -> Part:
    found = Part.TEXT
    for name in names.split():
        if name.lower() in _CERTAIN_NAMES:
            return Part.CERTAIN
        if name.lower() in _AROUND_NAMES:
            found = max(found, Part.AROUND)
        words = {word.lower() for word in _WORD.findall(name)}
        if words & _STATES:
            continue
        if words & _CERTAIN:
            return Part.CERTAIN
        if words & _AROUND:
            found = max(found, Part.AROUND)
        elif words & _DOUBTFUL:
            found = max(found, Part.DOUBTFUL)
    return found
