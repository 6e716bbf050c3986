"""What a generator wrote -> a clean synthetic text, or the reason why it is not used."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from realsyn_lib.generation.faithful import (
    content_stems,
    has_new_number,
    is_other_language,
    kept_share,
    supported_share,
    words_of,
)
from realsyn_lib.generation.prompt import LABELS, REMINDER, SYSTEM_TEXT
from realsyn_lib.sentences.clean import clean_text
from realsyn_lib.sentences.patterns import url_pattern

MAX_ANSWER_CHARS = 8000  # longer ones are not even looked at


@dataclass(frozen=True)
class AnswerRules:
    """Bounds of a synthetic text; each bound itself is accepted.

    Attributes:
        min_words, max_words: words of the text.
        max_repeated_share: runs of four words that occurred before, over all such runs.
        min_supported_share: content words of the text that retrieved text, caption or tags hold.
        min_kept_share: content words of the retrieved text that the text keeps.
    """

    min_words: int
    max_words: int
    max_repeated_share: float
    min_supported_share: float
    min_kept_share: float


class Checked(NamedTuple):
    """The ``text`` to use, or an empty one and a ``reason`` of ``realsyn_lib.reasons.FALLBACK``."""

    text: str
    reason: str | None


_MARKUP = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069]"  # control letters
    r"|<[A-Za-z/!|?]|\[/?INST|\]\(|```|\{\{|\"{3}"  # tags, chat markers, links, code, slots
)
_PREAMBLE = re.compile(
    r"^(?:(?:sure|certainly|of course|okay|ok)[,.!]? )?"
    r"(?:(?:here(?:'s| is| are)|this is) [^.:]{0,60}:"
    r"|(?:the )?(?:final |merged |new |improved |short |image )*"
    r"(?:description|caption|text|output|answer|response|result|sentence):)[*_]* *",
    re.IGNORECASE,
)
_REFUSAL = re.compile(
    r"\bas an? (?:ai|assistant|language model)\b"
    r"|\b(?:i'm|i am) (?:sorry|unable|an? (?:ai|assistant))"
    r"|\bi (?:cannot|can't|can not|won't|apologi[sz]e|don't have|do not have)\b"
    r"|\bhow can i help\b|\blet me know if\b|^(?:sure|certainly|of course)[,.!]",
    re.IGNORECASE,
)
_QUOTES = {'"': '"', "'": "'", "\u201c": "\u201d", "\u2018": "\u2019", "`": "`"}
_RUN = 4  # words of a repeated run
_ECHO = 6  # words in a row that only the prompt has


def check_answer(
    answer: str,
    finish_reason: str,
    retrieved: str,
    caption: str,
    tags: Sequence[str],
    rules: AnswerRules,
) -> Checked:
    """Judge what a generator wrote against what it was given.

    Args:
        answer: its output as it came.
        finish_reason: ``stop``, ``length`` (cut at the token limit) or ``error``.
        retrieved: the sentence of the web that the prompt held.
        caption: the caption that it held.
        tags: the tags that it held.
        rules: the bounds.

    Returns:
        The text without labels and quotes around it; or no text and the first reason that holds.
    """
    if finish_reason == "error":
        return Checked("", "llm_error")
    if finish_reason != "stop" or len(answer) > MAX_ANSWER_CHARS:
        return Checked("", "llm_overlong")
    text = _unwrapped(answer)
    given = " ".join((retrieved, caption, *tags))
    copies = [words_of(note) for note in (retrieved, caption, " ".join(tags))]
    tests: tuple[tuple[str, Callable[[], bool]], ...] = (
        ("llm_empty", lambda: not words_of(text)),
        ("llm_injection", lambda: _is_injected(answer)),
        ("llm_short", lambda: len(words_of(text)) < rules.min_words),
        ("llm_overlong", lambda: len(words_of(text)) > rules.max_words),
        ("llm_refusal", lambda: bool(_REFUSAL.search(text) and not _REFUSAL.search(given))),
        ("llm_echo", lambda: _is_echo(text, given) or words_of(text) in copies),
        ("llm_repetition", lambda: _repeated_share(text) > rules.max_repeated_share),
        ("llm_language", lambda: is_other_language(text, given)),
        ("llm_unfaithful", lambda: _is_unfaithful(text, retrieved, given, rules)),
    )
    reason = next((name for name, holds in tests if holds()), None)
    return Checked("" if reason else text, reason)


def _unwrapped(answer: str) -> str:
    """Return the answer on one line, without announcing labels and without quotes around it."""
    text = clean_text(answer)
    for _ in range(3):
        bare = _PREAMBLE.sub("", text.strip("*_ "))
        if len(bare) > 1 and _QUOTES.get(bare[0]) == bare[-1] and bare[0] not in bare[1:-1]:
            bare = bare[1:-1].strip()
        if bare == text:
            break
        text = bare
    return text


def _is_injected(answer: str) -> bool:
    return bool(_MARKUP.search(answer) or re.search(url_pattern(), clean_text(answer)))


def _is_echo(text: str, given: str) -> bool:
    """Tell whether the text holds a label of the prompt, or six words in a row of its task."""
    if any(f"{label}:".lower() in text.lower() for label in LABELS):
        return True
    return bool(_runs(text, _ECHO) & _task_runs() - _runs(given, _ECHO))


@cache
def _task_runs() -> frozenset[tuple[str, ...]]:
    return frozenset(_runs(SYSTEM_TEXT, _ECHO) | _runs(REMINDER, _ECHO))


def _runs(text: str, length: int) -> set[tuple[str, ...]]:
    words = words_of(text)
    return set(zip(*(words[start:] for start in range(length)), strict=False))


def _repeated_share(text: str) -> float:
    words = words_of(text)
    runs = Counter(zip(*(words[start:] for start in range(_RUN)), strict=False))
    total = sum(runs.values())
    return (total - len(runs)) / total if total else 0.0


def _is_unfaithful(text: str, retrieved: str, given: str, rules: AnswerRules) -> bool:
    told, kept = content_stems(text), content_stems(retrieved)
    return (
        has_new_number(text, given)
        or supported_share(told, content_stems(given)) < rules.min_supported_share
        or kept_share(kept, told) < rules.min_kept_share
    )
