"""Paragraph -> sentences, by NLTK's Punkt with its English tables (RealSyn, section 3.1)."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path

from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer

from realsyn_lib.errors import ModelError
from realsyn_lib.sentences.ends import PunktEnds

_MARK = re.compile(r"[.?!]")  # Punkt ends sentences at these alone
_WORD = re.compile(r"\w")
_OTHER_SPACE = re.compile(r"[^\S ]")
_MAX_LINE_CHARS = 20_000  # of one call of Punkt: 0.2 s at worst, far from NLTK's own 5 s limit
_TABLES = ("abbrev_types.txt", "collocations.tab", "ortho_context.tab", "sent_starters.txt")


class Splitter:
    """Splits clean paragraphs into sentences; one object serves a whole worker."""

    def __init__(self, parameters: PunktParameters) -> None:
        self._punkt = PunktSentenceTokenizer()
        self._punkt._params = parameters
        self._ends = PunktEnds(self._punkt)

    def split(self, paragraph: str, max_chars: int, most: int | None = None) -> list[str]:
        """Return the sentences of a clean paragraph, in order, none empty; the first ``most``.

        A line break ends a sentence. A sentence longer than ``max_chars`` is cut at the last
        space within that length (at the length itself where there is no space). What stands
        behind the last one wanted costs nothing.
        """
        if len(paragraph) <= min(max_chars, _MAX_LINE_CHARS) and "\n" not in paragraph:
            found = self._of_line(paragraph) if paragraph else []  # the common case: nothing to cut
            return found if most is None else found[:most]
        pieces = (
            piece
            for line in paragraph.split("\n")
            for run in _bounded(line, _MAX_LINE_CHARS)
            for sentence in self._of_line(run)
            for piece in _bounded(sentence, max_chars)
        )
        return list(islice(pieces, most))

    def _of_line(self, line: str) -> list[str]:
        mark = _MARK.search(line)
        if mark is None or not _WORD.search(line, mark.end()):  # nothing stands behind it
            return [line]
        if _OTHER_SPACE.search(line):  # not of a clean paragraph
            return [found for part in self._punkt.tokenize(line) if (found := part.strip())]
        return self._ends.sentences(line)


@lru_cache(maxsize=2)
def load_splitter(folder: str) -> Splitter:
    """Read Punkt's four tables from a folder such as ``.../tokenizers/punkt_tab/english``.

    The files are read here and not through NLTK's finder, which looks in places of its own.

    Raises:
        ModelError: a table is missing or malformed.
    """
    try:
        texts = [(Path(folder) / name).read_text(encoding="utf-8") for name in _TABLES]
        return Splitter(_parameters(*(text.splitlines() for text in texts)))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"load_splitter: {folder}: {error}; expected the files {', '.join(_TABLES)}; "
            "run `realsyn models fetch`"
        ) from error


def _parameters(
    abbreviations: list[str], collocations: list[str], context: list[str], starters: list[str]
) -> PunktParameters:
    parameters = PunktParameters()
    parameters.abbrev_types.update(abbreviations)
    parameters.sent_starters.update(starters)
    for line in collocations:
        first, second = line.split("\t")
        parameters.collocations.add((first, second))
    for line in context:
        word, flags = line.split("\t")
        parameters.ortho_context[word] = int(flags)
    return parameters


def _bounded(text: str, limit: int) -> Iterator[str]:
    """Cut a run into pieces of at most ``limit`` letters, at spaces where it can.

    What is left is never copied: a page may be one run of 100 MB.
    """
    start, end = 0, len(text)
    while end - start > limit:
        space = text.rfind(" ", start + 1, start + limit + 1)
        at = space if space > start else start + limit
        yield text[start:at]
        start = at
        while start < end and text[start] == " ":
            start += 1
        while end > start and text[end - 1] == " ":
            end -= 1
    if start < end:
        yield text[start:end]
