"""Markup made to exhaust the parser, told from its bytes before the parser sees it.

Three shapes cost an HTML parser far more than their length: elements nested without end (each
start tag walks the open ones), formatting elements left open (each new block opens them all
again), and thousands of attributes in one tag (each is compared with all before). Ordinary pages
are cleared by counting alone; only large ones are followed tag by tag.
"""

import re

MAX_DEPTH = 10_000  # the parser needs 0.1 s for it, and time grows with the square
MAX_REOPENED = 1_000_000  # elements that the parser would add by itself; 0.4 s and 350 MB
MAX_FORMATTING = 1_000  # formatting elements open at once, on pages large enough to be followed
MAX_ATTRIBUTES = 4_000  # of one tag

_FORMATTING = frozenset(b"a b big code em font i nobr s small strike strong tt u".split())
_VOID = frozenset(b"area base br col embed hr img input link meta param source track wbr".split())
_BARRIERS = frozenset(
    b"table td th caption template html object marquee applet button select svg math".split()
)
_CLOSE_THEMSELVES = frozenset(b"p li dt dd tr td th option thead tbody tfoot".split())
_START_TAG = re.compile(rb"<[A-Za-z]")
_FORMATTING_TAG = re.compile(rb"<(?:%s)[\s/>]" % b"|".join(sorted(_FORMATTING)), re.I)
_TAG = re.compile(rb"<(/?)([A-Za-z][A-Za-z0-9:-]{0,63})")
_LONG_TAG = re.compile(rb"<[A-Za-z][^<>]{%d,}" % (2 * MAX_ATTRIBUTES))
_SEPARATOR = re.compile(rb"(?<![\s/\"'])[\s/\"']++[^\s/\"'=]")
_MARK_IN_VALUE = re.compile(rb"=\s*(?:\"[^\"<>]{0,64}[<>]|'[^'<>]{0,64}[<>])")
_NEAR = 8  # an end tag closes one of so many innermost elements; farther ones are left open


def refuse_markup(data: bytes) -> str | None:
    """Return why the markup would exhaust the parser, or None where it is safe to parse."""
    return _many_attributes(data) or _many_open(data)


def _many_attributes(data: bytes) -> str | None:
    for tag in _LONG_TAG.findall(data):
        if len(_SEPARATOR.findall(tag)) > MAX_ATTRIBUTES:
            return f"more than {MAX_ATTRIBUTES} attributes in one tag"
    if len(data) > MAX_ATTRIBUTES and len(_MARK_IN_VALUE.findall(data)) > MAX_ATTRIBUTES:
        return f"more than {MAX_ATTRIBUTES} attribute values with < or >"
    return None


def _many_open(data: bytes) -> str | None:
    starts = len(_START_TAG.findall(data))
    if starts <= MAX_DEPTH:
        formatting = len(_FORMATTING_TAG.findall(data))
        if starts * formatting <= MAX_REOPENED:
            return None
    return _follow(data)


def _follow(data: bytes) -> str | None:
    """Follow the open elements tag by tag, never below what the parser would hold open."""
    elements = _OpenElements()
    reopened = 0
    for slash, raw in _TAG.findall(data):
        name = raw.lower()
        if slash:
            elements.close(name)
        elif name not in _VOID:
            reopened += elements.lingering_count
            if name in _CLOSE_THEMSELVES:
                elements.close(name)
            elements.open(name)
        if len(elements.stack) > MAX_DEPTH:
            return f"more than {MAX_DEPTH} elements open at once"
        if elements.formatting_count > MAX_FORMATTING:
            return f"more than {MAX_FORMATTING} formatting elements open at once"
        if reopened > MAX_REOPENED:
            return f"more than {MAX_REOPENED} formatting elements to reopen"
    return None


class _OpenElements:
    """The elements a parser holds open, and the formatting it will reopen in the next block."""

    def __init__(self) -> None:
        self.stack: list[bytes] = []
        self.formatting_count = 0  # of the stack
        self.lingering_count = 0  # closed together with their block, to be reopened
        self._lingering: dict[bytes, int] = {}

    def open(self, name: bytes) -> None:
        self.stack.append(name)
        self.formatting_count += name in _FORMATTING

    def close(self, name: bytes) -> None:
        """Close the innermost element of that name, unless it lies far out or behind a barrier."""
        near = 0
        for index in range(len(self.stack) - 1, -1, -1):
            if self.stack[index] == name:
                self._pop(index)
                return
            near += self.stack[index] not in _FORMATTING
            if self.stack[index] in _BARRIERS or near == _NEAR:
                return
        if self._lingering.get(name):
            self._lingering[name] -= 1
            self.lingering_count -= 1

    def _pop(self, index: int) -> None:
        """Close one element: a formatting one alone, another with all that is open inside it."""
        if self.stack[index] in _FORMATTING:
            del self.stack[index]
            self.formatting_count -= 1
            return
        for name in self.stack[index + 1 :]:
            if name in _FORMATTING:
                self._lingering[name] = self._lingering.get(name, 0) + 1
                self.lingering_count += 1
                self.formatting_count -= 1
        del self.stack[index:]
