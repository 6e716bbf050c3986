"""Markup made to exhaust the parser, told from its bytes before the parser sees it.

Five shapes cost an HTML parser far more than their length: elements nested without end, or many
tags behind deeply nested ones (each tag walks the open elements), formatting elements left open
(each new block opens them all again), thousands of options in one list (each is compared with all
before), and thousands of attributes in one tag (likewise). Ordinary pages are cleared by counting
alone: whatever their tags are, so few cannot cost more. Large ones are followed tag by tag, as the
parser would (WHATWG HTML, 13.2.6); what that lets through is tried out in a process of its own.
"""

import re
from collections import Counter, defaultdict

from realsyn_lib.sources.parser_trial import ends_well

MAX_DEPTH = 10_000  # the parser needs 0.1 s for it, and time grows with the square
MAX_REOPENED = 1_000_000  # elements that the parser would add by itself; 0.4 s and 350 MB
MAX_ALIKE = 3  # formatting elements of one tag that the parser reopens
MAX_FORMATTING = 1_000  # formatting elements open at once, on pages large enough to be followed
MAX_ATTRIBUTES = 4_000  # of one tag
MAX_WALKED = 400_000_000  # open elements that the parser would pass by, looking for one; 0.5 s
MAX_STEPS = 10_000_000  # the same of this guard; 1 s
MAX_OPTIONS = 100_000_000  # the squares of the numbers of options of all lists; 2 to 6 s

_FORMATTING = frozenset(b"a b big code em font i nobr s small strike strong tt u".split())
_VOID = frozenset(
    b"area base basefont bgsound br col embed frame hr img input keygen link meta param source "
    b"track wbr".split()
)
_FOREIGN = frozenset((b"svg", b"math"))
# An end tag looks for its element as far as the scope goes; one that is not special, as far as
# the next special element; an item or a cell that begins ends the last one as far as these.
_SCOPE = _FOREIGN | frozenset(
    b"table td th caption template html object marquee applet button select".split()
)
_LIST_SCOPE = _SCOPE | {b"ol", b"ul"}
_TABLE_SCOPE = frozenset(b"table template html".split()) | _FOREIGN
_SPECIAL = _SCOPE | frozenset(
    b"address article aside blockquote body center dd details dir div dl dt fieldset figcaption "
    b"figure footer form frameset h1 h2 h3 h4 h5 h6 head header hgroup iframe li listing main menu "
    b"nav noembed noframes noscript ol p plaintext pre script search section style summary tbody "
    b"textarea tfoot thead title tr ul xmp foreignobject desc mi mo mn ms mtext "
    b"annotation-xml".split()
)
_ITEM_SCOPE = _SPECIAL - frozenset((b"address", b"div", b"p"))
_TABLE_PARTS = frozenset(b"td th tr tbody thead tfoot".split())
_TERMS = frozenset((b"dt", b"dd"))
_HEADINGS = frozenset(b"h1 h2 h3 h4 h5 h6".split())  # the end tag of any of them ends another
# What a start tag ends before it: the innermost of these elements, as far as that scope.
_ENDED_BY = {
    b"li": (frozenset((b"li",)), _ITEM_SCOPE),
    **dict.fromkeys(_TERMS, (_TERMS, _ITEM_SCOPE - _TERMS)),
    **{part: (frozenset((part,)), _TABLE_SCOPE) for part in _TABLE_PARTS},
}
_ENDED_IF_INNERMOST = {b"option": (b"option",), b"optgroup": (b"option", b"optgroup")}
_PARAGRAPH = frozenset((b"p",))
# HTML that ends a drawing or a formula it stands in, unless it stands in one of these.
_ENDS_FOREIGN = frozenset(
    b"b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li "
    b"listing menu meta nobr ol p pre ruby s small span strong strike sub sup table tt u ul "
    b"var".split()
)
_HTML_IN_FOREIGN = frozenset(b"foreignobject desc title mi mo mn ms mtext annotation-xml".split())
_PARAGRAPH_ENDERS = frozenset(
    b"address article aside blockquote center dd details dialog dir div dl dt fieldset figcaption "
    b"figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr li listing main menu nav ol p plaintext "
    b"pre search section summary table ul xmp".split()
)
_START_TAG = re.compile(rb"<[A-Za-z]")
_FORMATTING_TAG = re.compile(rb"<(?:%s)[\s/>]" % b"|".join(sorted(_FORMATTING)), re.I)
_LIST_OR_OPTION = re.compile(rb"<(/?select|option)[\s/>]", re.I)
_ATTRIBUTES = rb"(?:[^>\"'=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+')?+|[\"'])*+"
# Every alternative goes on to the end of the page where its own end is missing, as the parser does:
# none is tried in vain from each of many places.
_TAG = re.compile(
    rb"<!--(?:-?>|.*?(?:--!?>|\Z))"
    rb"|<(script|style|textarea|title|xmp|iframe|noembed|noframes)(?=[\s/>])"
    + _ATTRIBUTES
    + rb"(?:>.*?(?:</\1(?=[\s/>])|\Z)|\Z)|<(/?)([A-Za-z][^\s/>]*+)"
    + _ATTRIBUTES
    + rb"(?:>|\Z)",
    re.I | re.S,
)
_START_TAG_WHOLE = re.compile(rb"<[A-Za-z]" + _ATTRIBUTES + rb"(?:>|\Z)")
_VALUE = re.compile(rb"=\s*+(?:\"[^\"]*+\"|'[^']*+')")
_SEPARATOR = re.compile(rb"(?<![\s/\"'])[\s/\"']++[^\s/\"'=]")


def refuse_markup(data: bytes) -> str | None:
    """Return why the markup would exhaust the parser, or None where it is safe to parse.

    ``data``: the page as UTF-8, whatever it came as; the parser must be given the same.

    Raises:
        EnvironmentFault: a page had to be tried out, and the process for it cannot start.
    """
    return _many_attributes(data) or _many_options(data) or _many_open(data)


def _many_attributes(data: bytes) -> str | None:
    if len(data) <= 2 * MAX_ATTRIBUTES:  # an attribute has a letter and what parts it from others
        return None
    for tag in _START_TAG_WHOLE.findall(data):
        if len(tag) > 2 * MAX_ATTRIBUTES:
            names = _VALUE.sub(b"=", tag)
            if len(_SEPARATOR.findall(names)) > MAX_ATTRIBUTES:
                return f"more than {MAX_ATTRIBUTES} attributes in one tag"
    return None


def _many_options(data: bytes) -> str | None:
    compared = options = 0
    is_list = False
    for name in _LIST_OR_OPTION.findall(data):
        if name[:1] in b"oO":
            options += is_list
            compared += 2 * options  # the sum of the first n is the square of n, and n more
            if compared > MAX_OPTIONS:
                return "too many options in its lists"
        else:
            is_list, options = name[:1] != b"/", 0
    return None


def _many_open(data: bytes) -> str | None:
    starts = len(_START_TAG.findall(data))
    if starts <= MAX_DEPTH:
        formatting = len(_FORMATTING_TAG.findall(data))
        if starts * formatting <= MAX_REOPENED and starts * data.count(b"<") <= MAX_WALKED:
            return None
    return _follow(data) or (None if ends_well(data) else "the parser does not come to an end")


def _follow(data: bytes) -> str | None:
    """Follow the open elements tag by tag."""
    elements = _OpenElements()
    reopened = walked = 0
    for tag in _TAG.finditer(data):
        slash, raw = tag.group(2, 3)
        if raw is None:  # a comment, or an element whose content is no markup
            continue
        name = raw.lower()
        walked += len(elements.stack)
        if slash:
            elements.close(name)
        elif name not in _VOID:
            reopened += elements.lingering_count
            elements.open(name, tag.group())
        if len(elements.stack) > MAX_DEPTH:
            return f"more than {MAX_DEPTH} elements open at once"
        if elements.formatting_count > MAX_FORMATTING:
            return f"more than {MAX_FORMATTING} formatting elements open at once"
        if reopened > MAX_REOPENED:
            return f"more than {MAX_REOPENED} formatting elements to reopen"
        if walked > MAX_WALKED or elements.steps > MAX_STEPS:
            return "too many tags behind deeply nested ones"
    return None


class _OpenElements:
    """The elements a parser holds open, and the formatting it will reopen in the next block."""

    def __init__(self) -> None:
        self.stack: list[bytes] = []
        self.formatting_count = 0  # of the stack
        self.steps = 0  # of all walks
        self.lingering_count = 0  # closed together with their block, to be reopened
        self._lingering: Counter[bytes] = Counter()
        self._open: Counter[bytes] = Counter()  # what the stack holds
        # The distinct tags of each formatting element: so many times three can linger.
        self._kinds: defaultdict[bytes, set[bytes]] = defaultdict(set)

    def open(self, name: bytes, tag: bytes) -> None:
        """Open an element; what it ends is closed before, and in a drawing ``/>`` ends it at once."""
        if name in _ENDS_FOREIGN and self._is_foreign():
            self._close_within(_FOREIGN, _HTML_IN_FOREIGN)
        if name in _FOREIGN or self._is_foreign():
            if tag.endswith(b"/>"):
                return
        elif name in _TABLE_PARTS and not (self._open[b"table"] or self._open[b"template"]):
            return
        else:
            self._close_before(name)
        self.stack.append(name)
        self._open[name] += 1
        if name in _FORMATTING:
            self.formatting_count += 1
            self._kinds[name].add(tag)

    def close(self, name: bytes) -> None:
        """Close the innermost element of that name that the end tag reaches."""
        if name == b"li":
            scope = _LIST_SCOPE
        else:
            scope = _SCOPE if name in _SPECIAL or name in _FORMATTING else _SPECIAL
        names = _HEADINGS if name in _HEADINGS else frozenset((name,))
        if not self._close_within(names, scope) and self._lingering[name]:
            self._lingering[name] -= 1
            self.lingering_count -= 1

    def _is_foreign(self) -> bool:
        return bool(self._open[b"svg"] or self._open[b"math"])

    def _close_before(self, name: bytes) -> None:
        if name in _PARAGRAPH_ENDERS:
            self._close_within(_PARAGRAPH, _SCOPE)
        if name == b"a":
            self.close(name)
        elif name in _ENDED_BY:
            self._close_within(*_ENDED_BY[name])
        for innermost in _ENDED_IF_INNERMOST.get(name, ()):
            if self.stack[-1:] == [innermost]:
                self._pop(len(self.stack) - 1)

    def _close_within(self, names: frozenset[bytes], scope: frozenset[bytes]) -> bool:
        """Close the innermost element of these names, unless one of the scope is met before it."""
        if not any(self._open[name] for name in names):
            return False
        for index in range(len(self.stack) - 1, -1, -1):
            self.steps += 1
            if self.stack[index] in names:
                self._pop(index)
                return True
            if self.stack[index] in scope:
                return False
        return False

    def _pop(self, index: int) -> None:
        """Close one element: a formatting one alone, another with all that is open inside it."""
        if self.stack[index] in _FORMATTING:
            self._open[self.stack.pop(index)] -= 1
            self.formatting_count -= 1
            return
        for name in self.stack[index:]:
            self._open[name] -= 1
            if name in _FORMATTING:
                self.formatting_count -= 1
                if self._lingering[name] < MAX_ALIKE * len(self._kinds[name]):
                    self._lingering[name] += 1
                    self.lingering_count += 1
        del self.stack[index:]
