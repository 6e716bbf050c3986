r"""Emoji, addresses and words as regular expressions.

Java (Spark), RE2 (Arrow) and Python read them alike, so they use no look-around and none of
``\\b``, ``\\w``, ``(?i)``, which the three understand differently.
"""

from functools import cache
from itertools import groupby

import emoji

_TEXT_BY_DEFAULT = 4  # the emoji table's "unqualified": drawn as text unless U+FE0F follows
_SYMBOL_BLOCKS = ((0x2600, 0x27BF), (0x1F000, 0x1FAFF))  # drawings, whatever their default
_REGIONAL_LETTERS = range(0x1F1E6, 0x1F200)  # two of them are a flag
_END_LETTERS = r"(?:[^A-Za-z0-9]|$)"
_START = r"(?:^|[^A-Za-z0-9])"
# Endings that are no English word and rarely follow a full stop without a space.
_DOMAINS = (
    "com", "org", "net", "edu", "gov", "mil", "info", "biz", "io", "app", "dev", "xyz", "shop",
    "online", "eu", "ru", "cn", "jp", r"co\.uk", r"ac\.uk",
)  # fmt: skip


@cache
def emoji_blocks() -> str:
    """Return a class of few ranges that holds a letter of every text with an emoji, and of others."""
    always, _ = _emoji_points()
    low = [point for point in always if point < 0x10000]
    high = always - set(low)
    ends = (f"{chr(min(points))}-{chr(max(points))}" for points in (low, high))
    return f"[{''.join(ends)}\ufe0f]"


@cache
def emoji_pattern() -> str:
    """Return what finds an emoji, made from the table of the package ``emoji``.

    An emoji is: a letter drawn in colour by default; a letter of the symbol blocks (U+2600..27BF
    and from U+1F000) even where text is its default, such as a bare heart; any other letter of the
    table with U+FE0F behind it; a keycap (U+20E3); a regional letter. So digits, the signs for
    copyright, registered and trade mark, arrows and squares alone are none.
    """
    always, signs = _emoji_points()
    return f"{_letter_class(always)}|{_letter_class(signs)}\ufe0f"


@cache
def url_pattern() -> str:
    """Return what finds a web address, a bare domain of a common ending, or a mail address."""
    scheme = f"(?:{_any_case('http')}[Ss]?|{_any_case('ftp')})://"
    www = f"{_START}{_any_case('www')}\\.[A-Za-z0-9\\-]"
    mail = r"[A-Za-z0-9_%+\-]@[A-Za-z0-9][A-Za-z0-9\-]*\.[A-Za-z]"
    endings = "|".join(_any_case(domain) for domain in _DOMAINS)
    return f"{scheme}|{www}|{mail}|[A-Za-z0-9\\-]\\.(?:{endings}){_END_LETTERS}"


JOINERS = "'\u2019\\-\u2010\u2011"  # apostrophes and hyphens, for inside a character class
_RUN = r"[\p{L}\p{M}\p{N}]+"
WORD_PATTERN = f"{_RUN}(?:[{JOINERS}]{_RUN})*"
"""A word: letters, marks and digits; one apostrophe or hyphen may join two runs."""

WORD_PATTERN_JAVA = f"{_RUN}+(?:[{JOINERS}]{_RUN}+)*+"
"""The same without a way back: Java follows a greedy group by recursion, until its stack ends."""

# Letters one by one: Java looks them up in a table, while it compares ranges in turn.
_LETTERS = "".join(chr(point) for point in range(128) if chr(point).isalnum())
_LETTER, _SIGN = f"[{_LETTERS}]", f"[^{_LETTERS} ]"
_ADDRESS_SIGN = rf"(?<=\.)[{_LETTERS}\-]|(?<=:)//"
_BETWEEN_LETTERS = (
    rf"(?<={_LETTER}{_SIGN})(?:(?<!['\-]){_SIGN}*+{_LETTER}|(?<=['\-]){_SIGN}++{_LETTER})"
)
_ALONE = f"(?<=(?:^| ){_SIGN})"

UNPLAIN_PATTERN_JAVA = (
    f"{_SIGN}(?:(?=[^ ])(?:{_ADDRESS_SIGN}|{_BETWEEN_LETTERS}|{_ALONE}{_SIGN}++(?: |$))"
    rf"|{_ALONE}(?: |$)|(?<=[^\x00-\x7f]))"
)
"""Finds whatever keeps the chunks of a text between spaces from being its words, or may be an address.

A sign between letters, unless a single joiner; a chunk of signs alone; a point before a letter, digit
or hyphen, without which no address is; a colon before slashes; anything but ASCII. It stops at signs
only, of which most sentences have few.
"""

ADDRESS_SIGN_PATTERN_JAVA = f"[.:](?:{_ADDRESS_SIGN})"
"""Finds the sign that every text with an address holds."""


def _emoji_points() -> tuple[set[int], set[int]]:
    """Return the letters that are emoji alone, and those that are with U+FE0F behind them."""
    singles = {
        ord(key): entry["status"] for key, entry in emoji.EMOJI_DATA.items() if len(key) == 1
    }
    always = {point for point, status in singles.items() if _is_always(point, status)}
    return always | set(_REGIONAL_LETTERS) | {0x20E3}, set(singles) - always


def _is_always(point: int, status: int) -> bool:
    in_symbols = any(first <= point <= last for first, last in _SYMBOL_BLOCKS)
    return status != _TEXT_BY_DEFAULT or in_symbols


def _letter_class(points: set[int]) -> str:
    """Return a character class of the code points, as ranges."""
    ranges = []
    for _, run in groupby(enumerate(sorted(points)), key=lambda pair: pair[1] - pair[0]):
        members = [point for _, point in run]
        ranges.append(
            f"{chr(members[0])}-{chr(members[-1])}" if len(members) > 1 else chr(members[0])
        )
    return f"[{''.join(ranges)}]"


def _any_case(text: str) -> str:
    return "".join(f"[{c.upper()}{c}]" if c.isalpha() else c for c in text)
