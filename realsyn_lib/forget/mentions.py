"""The strings in a text that a request may be about: addresses, hosts, digests.

Requests are kept as digests, so a text cannot be searched for them: its own candidates are hashed instead.
"""

import re
from collections.abc import Iterator
from urllib.parse import unquote

from realsyn_lib.urls import canonical_url

MAX_TEXT_CHARS = 2**20  # of one text; longer ones are looked at in pieces that overlap
_OVERLAP_CHARS = 8192  # the longest address
_INTERESTING = re.compile(r"[^\s.]\.[^\s.]|/|[0-9A-Fa-f]{64}")
_TOKEN = re.compile(r'[^\s"<>\\^`{|}]+')  # letters that no canonical address is without
_MOST_MARKS = 8  # behind an address
_EDGE = "()[]',;:.!?*_="
_START = re.compile(r"https?://", re.IGNORECASE)
_PARTS = re.compile(r"[,;|()\[\]'=&]")
# A run of letters and dashes is entered at its start alone, and never gone back in: else a long one without
# a dot would be gone through again from each of its letters.
_LABEL = r"[A-Za-z0-9_]++(?:-++[A-Za-z0-9_]++)*+"
_HOST = re.compile(rf"(?<![A-Za-z0-9_\-])-*+({_LABEL}(?:\.{_LABEL})++)")
_MOST_HOST_CHARS = 253  # RFC 1035, in letters and dots
_DIGEST = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{64}(?![0-9A-Fa-f])")
_NUMBER = re.compile(r"(?<![\w.])-?[0-9]{12,19}(?![\w.])")
_ESCAPED = re.compile(r"%(?:2F|3A)", re.IGNORECASE)


def addresses_in(text: str) -> Iterator[str]:
    """Yield what may be an address in a text, as it stands there and in its canonical form.

    A web address, a path relative to the input, one inside the query of another, in brackets or quotes, or
    before a comma. Some are yielded twice, and many are no addresses: they are looked up, not believed.
    """
    yield text
    for piece in _pieces(text):
        for token in _TOKEN.findall(piece):
            if (
                "/" not in token and "." not in token
            ):  # a word; a name of that kind only stands alone
                continue
            yield from _of_token(token)
            if _ESCAPED.search(token):
                yield from _of_token(unquote(token))


def hosts_in(text: str) -> Iterator[str]:
    """Yield the hosts in a text, lower case, and every domain above each: ``a.b.net``, ``b.net``, ``net``."""
    for piece in _pieces(text):
        for host in _HOST.findall(piece):
            labels = host[-_MOST_HOST_CHARS - 1 :].lower().split(".")
            for start in range(len(host) > _MOST_HOST_CHARS, len(labels)):
                yield ".".join(labels[start:])


def digests_in(text: str) -> Iterator[str]:
    """Yield the SHA-256 digests in a text: 64 hex digits, as lower case."""
    for piece in _pieces(text):
        for digest in _DIGEST.findall(piece):
            yield digest.lower()


def numbers_in(text: str) -> Iterator[int]:
    """Yield the whole numbers in a text that are as long as hashes of pictures mostly are."""
    for number in _NUMBER.findall(text):
        yield int(number)


def _pieces(text: str) -> Iterator[str]:
    step = MAX_TEXT_CHARS - _OVERLAP_CHARS
    for start in range(0, max(1, len(text) - _OVERLAP_CHARS), step):
        piece = text[start : start + MAX_TEXT_CHARS]
        if _INTERESTING.search(piece):
            yield piece


def _of_token(token: str) -> Iterator[str]:
    yield from _spellings(token)
    starts = [found.start() for found in _START.finditer(token)]
    for start in starts:
        yield from _spellings(token[start : start + _OVERLAP_CHARS])
    if len(starts) != 1 or starts[0]:
        for part in _PARTS.split(token):
            if "/" in part or "." in part:
                yield from _spellings(part)


def _spellings(token: str) -> Iterator[str]:
    """An address in a sentence ends before its marks, though it may end in one itself."""
    bare = token.lstrip(_EDGE)
    yield token
    for _ in range(_MOST_MARKS):
        yield bare
        canonical = canonical_url(bare, "").url if bare else None
        if canonical is not None and canonical != bare:
            yield canonical
        if not bare or bare[-1] not in _EDGE:
            return
        bare = bare[:-1]
