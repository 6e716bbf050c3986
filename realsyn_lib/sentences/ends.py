"""Where Punkt ends sentences, found without making its tokens where its rules are plain."""

import re
from functools import lru_cache

from nltk.tokenize.punkt import PunktSentenceTokenizer

_CONTEXTS, _CONTEXT_CHARS = 50_000, 60  # decisions remembered, and the longest text of one
_AFTER_SPACE = re.compile(r"\s+\S+")


class PunktEnds:
    """The sentences of a line as ``PunktSentenceTokenizer.tokenize`` gives them, only faster.

    Punkt makes tokens of the words around each mark and judges them twice. For most marks the
    verdict follows from the word before it:

    - ``?`` and ``!`` are tokens of their own, and such a token ends a sentence;
    - so does a full stop behind two or more plain letters that are no abbreviation and begin no
      collocation: the second pass takes back only those, initials and numbers.

    On the rest Punkt decides, and its decisions are remembered: they depend on the word before, the
    mark and the word after alone. The patterns are those of the installed NLTK.
    """

    def __init__(self, punkt: PunktSentenceTokenizer) -> None:
        rules, parameters = punkt._lang_vars, punkt._params
        self._possible = re.compile(rf"[.?!](?=(?:{rules._re_non_word_chars}|\s+\S))")
        self._closing = re.compile(rules.re_boundary_realignment.pattern, re.MULTILINE)
        self._judge = punkt.text_contains_sentbreak
        self._remembered = lru_cache(maxsize=_CONTEXTS)(self._judge)
        collocated = {first for first, _ in parameters.collocations}
        self._undecided = frozenset(parameters.abbrev_types | collocated)

    def sentences(self, line: str) -> list[str]:
        """Return the sentences of a line whose only white space is the space; none is empty."""
        parts: list[tuple[int, int]] = []
        begin = 0
        for start, mark in self._ends(line):
            if self._is_break(line, start, mark):
                parts.append((begin, mark + 1))
                begin = mark + 1
                while line[begin] == " ":  # something stands behind a possible end
                    begin += 1
        parts.append((begin, len(line.rstrip())))
        return self._closed(line, parts) if len(parts) > 1 else [line.strip()]

    def _ends(self, line: str) -> list[tuple[int, int]]:
        """Return start of the word and place of the mark of each possible end.

        As ``_match_potential_end_contexts``: of several marks in one word only the last counts.
        """
        found: list[tuple[int, int]] = []
        start = mark = 0
        for match in self._possible.finditer(line):
            at = match.start()
            space = line.rfind(" ", mark + 1, at)
            if space >= 0:
                start = space + 1
            elif start < mark:
                found.pop()
            mark = at
            found.append((start, at))
        return found

    def _is_break(self, line: str, start: int, mark: int) -> bool:
        if line[mark] != ".":
            return True
        word = line[start:mark]
        if (
            len(word) > 1
            and word.isascii()
            and word.isalpha()
            and word.lower() not in self._undecided
        ):
            return True
        after = _AFTER_SPACE.match(line, mark + 1)
        context = line[start : after.end() if after else mark + 2]
        return bool(
            self._remembered(context) if len(context) <= _CONTEXT_CHARS else self._judge(context)
        )

    def _closed(self, line: str, parts: list[tuple[int, int]]) -> list[str]:
        """Give quotes and brackets that close a sentence to it, as ``_realign_boundaries``."""
        sentences: list[str] = []
        moved = 0
        for place, (begin, end) in enumerate(parts):
            begin, moved = begin + moved, 0
            if place + 1 < len(parts):
                following, last = parts[place + 1]
                closing = self._closing.match(line, following, last)
                if closing:
                    end = following + len(closing.group().rstrip())
                    moved = closing.end() - following
            if sentence := line[begin:end].strip():
                sentences.append(sentence)
        return sentences
