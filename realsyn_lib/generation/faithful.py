"""How far a text says what its sources say: languages, numbers and content words compared."""

import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+(?:['\u2019\-][^\W_]+)*")
_FUNCTION_WORDS = frozenset((
    "a", "an", "the", "and", "or", "but", "nor", "so", "yet", "if", "than", "then", "that",
    "this", "these", "those", "there", "here", "it", "its", "he", "she", "they", "them",
    "their", "theirs", "his", "her", "hers", "him", "we", "us", "our", "you", "your", "i", "me",
    "my", "who", "whom", "whose", "which", "what", "when", "where", "while", "how", "why", "is",
    "am", "are", "was", "were", "be", "been", "being", "has", "have", "had", "having", "do",
    "does", "did", "will", "would", "can", "could", "may", "might", "must", "shall", "should",
    "not", "no", "of", "in", "on", "at", "by", "for", "from", "to", "with", "without", "into",
    "onto", "over", "under", "between", "among", "through", "during", "before", "after",
    "above", "below", "up", "down", "out", "off", "about", "against", "as", "also", "very",
    "more", "most", "much", "many", "some", "any", "each", "every", "all", "both", "few",
    "such", "only", "own", "same", "other", "another", "too", "just", "still", "even", "one",
))  # fmt: skip
_MIN_WORDS = 8  # shorter texts do not show their language
_MIN_SCRIPT_SHARE = 0.9  # letters of the text in scripts that the sources use
_ENGLISH_SHARE = 0.2  # function words of English prose are above, of other languages below
_FOREIGN_SHARE = 0.05
_ENDINGS = ("ingly", "edly", "ings", "ies", "ing", "ers", "ed", "es", "er", "ly", "s", "e", "y")
_MIN_STEM = 3


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case."""
    return [word.replace("\u2019", "'") for word in _WORD.findall(text.lower())]


def content_stems(text: str) -> list[str]:
    """Return the stems of the words that carry meaning, in order; numbers included."""
    return [stem(word) for word in words_of(text) if word not in _FUNCTION_WORDS]


def stem(word: str) -> str:
    """Cut the common English endings: ``cats`` and ``cat``, ``riding`` and ``rides`` agree."""
    bare = word.removesuffix("'s")
    for ending in _ENDINGS:
        if bare.endswith(ending) and len(bare) - len(ending) >= _MIN_STEM:
            return bare[: -len(ending)]
    return bare


def supported_share(told: list[str], given: list[str]) -> float:
    """Return the share of the told stems that were given; 1 where nothing is told."""
    known = set(given)
    return sum(one in known for one in told) / len(told) if told else 1.0


def kept_share(retrieved: list[str], told: list[str]) -> float:
    """Return the share of the distinct retrieved stems that are told; 1 where there are none."""
    wanted = set(retrieved)
    return len(wanted & set(told)) / len(wanted) if wanted else 1.0


def has_new_number(text: str, given: str) -> bool:
    """Tell whether the text states a number, in digits, that the sources do not."""
    numbers = re.compile(r"\d+")
    return not set(numbers.findall(text)) <= set(numbers.findall(given))


def is_other_language(text: str, given: str) -> bool:
    """Tell whether the text is in a script, or without the function words, of its sources."""
    letters = [letter for letter in text if letter.isalpha()]
    scripts = {_script(letter) for letter in given if letter.isalpha()}
    if letters and scripts:
        shared = sum(_script(letter) in scripts for letter in letters)
        if shared < _MIN_SCRIPT_SHARE * len(letters):
            return True
    told, source = words_of(text), words_of(given)
    if len(told) < _MIN_WORDS or _function_share(source) < _ENGLISH_SHARE:
        return False
    return _function_share(told) < _FOREIGN_SHARE


def _function_share(words: list[str]) -> float:
    return sum(word in _FUNCTION_WORDS for word in words) / len(words) if words else 0.0


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    return unicodedata.name(letter, "UNKNOWN").split(" ", 1)[0]
