"""The sentence rules in the order of their cost, over Arrow arrays and as Spark SQL.

Both forms come from the same patterns and bounds; tests hold them equal.
"""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from realsyn_lib.sentences.patterns import (
    ADDRESS_SIGN_PATTERN_JAVA,
    UNPLAIN_PATTERN_JAVA,
    WORD_PATTERN_JAVA,
    emoji_blocks,
    emoji_pattern,
    url_pattern,
)
from realsyn_lib.sentences.words import count_words


@dataclass(frozen=True)
class SentenceRules:
    """Bounds of the rules; each bound itself is kept. Values: RealSyn, section 3.1; CAT: DiHT.

    Attributes:
        min_words, max_words: words of a sentence.
        min_complexity: relations and attributes of the richest noun.
        min_actions: 1 asks for an action verb, 0 does not.
        min_entropy_bits: unigram information.
        min_perplexity, max_perplexity: of the language model.
    """

    min_words: int = 3
    max_words: int = 81
    min_complexity: int = 1
    min_actions: int = 1
    min_entropy_bits: float = 0.3
    min_perplexity: float = 30.0
    max_perplexity: float = 200.0


def text_reasons(texts: pa.Array, rules: SentenceRules) -> pa.Array:
    """Return ``emoji``, ``url``, ``too_short``, ``too_long`` or null (kept) for each text.

    Args:
        texts: n values of ``string`` without null.
        rules: the bounds.

    Returns:
        n values of ``string``; the first rule that drops a row names it.
    """
    words = count_words(texts)
    return _first_of(
        (pc.match_substring_regex(texts, emoji_pattern()), "emoji"),
        (pc.match_substring_regex(texts, url_pattern()), "url"),
        (pc.less(words, rules.min_words), "too_short"),
        (pc.greater(words, rules.max_words), "too_long"),
    )


def parse_reasons(complexity: pa.Array, has_action: pa.Array, rules: SentenceRules) -> pa.Array:
    """Return ``low_complexity``, ``no_action`` or null for each parse.

    Args:
        complexity: n values of int32 without null.
        has_action: n values of boolean without null.
        rules: the bounds.

    Returns:
        n values of ``string``.
    """
    idle = pc.less(has_action.cast(pa.int32()), rules.min_actions)
    return _first_of(
        (pc.less(complexity, rules.min_complexity), "low_complexity"), (idle, "no_action")
    )


def entropy_reasons(bits: pa.Array, rules: SentenceRules) -> pa.Array:
    """Return ``low_entropy`` or null, n of ``string``, for n scores in bits (float32, no null)."""
    return _first_of(
        (pc.less(bits, pa.scalar(rules.min_entropy_bits, pa.float32())), "low_entropy")
    )


def perplexity_reasons(perplexity: pa.Array, rules: SentenceRules) -> pa.Array:
    """Return ``low_perplexity``, ``high_perplexity`` or null, n of ``string``, for n float32 scores."""
    return _first_of(
        (pc.less(perplexity, pa.scalar(rules.min_perplexity, pa.float32())), "low_perplexity"),
        (pc.greater(perplexity, pa.scalar(rules.max_perplexity, pa.float32())), "high_perplexity"),
    )


def is_plain_sql(text: str) -> str:
    """Return the Spark SQL expression of whether a text needs none of the dear patterns.

    ASCII, no sign of an address, and its words are its chunks between single spaces: most English
    sentences. ``word_count_sql`` and ``text_reason_sql`` take it as a column, so that it is worked
    out once.
    """
    single_spaces = f"NOT contains({text}, '  ') AND NOT startswith({text}, ' ')"
    single_spaces += f" AND NOT endswith({text}, ' ') AND octet_length({text}) > 0"
    return f"({single_spaces} AND NOT {text} RLIKE {_literal(UNPLAIN_PATTERN_JAVA)})"


def word_count_sql(text: str, is_plain: str) -> str:
    """Return the Spark SQL expression that equals ``count_words``.

    Args:
        text: column or expression of the sentence.
        is_plain: column or expression of ``is_plain_sql(text)``.
    """
    chunks = f"octet_length({text}) - octet_length(replace({text}, ' ', '')) + 1"
    words = f"size(regexp_extract_all({text}, {_literal(WORD_PATTERN_JAVA)}, 0))"
    return f"CASE WHEN {is_plain} THEN {chunks} ELSE {words} END"


def text_reason_sql(text: str, is_plain: str, word_count: str, rules: SentenceRules) -> str:
    """Return the Spark SQL expression that equals ``text_reasons``.

    Args:
        text: column or expression of the sentence.
        is_plain: column or expression of ``is_plain_sql(text)``.
        word_count: column or expression of its words, of ``word_count_sql``.
        rules: the bounds.
    """
    return _case(
        (f"NOT {is_plain} AND {_has_emoji_sql(text)}", "emoji"),
        (f"NOT {is_plain} AND {_has_url_sql(text)}", "url"),
        (f"{word_count} < {rules.min_words}", "too_short"),
        (f"{word_count} > {rules.max_words}", "too_long"),
    )


def _has_emoji_sql(text: str) -> str:
    """Ask for letters beyond ASCII first, then for any in the emoji's blocks: most texts end there.

    Java tries the hundred ranges of the whole pattern one by one at every letter.
    """
    tests = (f"{text} RLIKE {_literal(pattern)}" for pattern in (emoji_blocks(), emoji_pattern()))
    return " AND ".join((f"octet_length({text}) > length({text})", *tests))


def _has_url_sql(text: str) -> str:
    """Ask first for a sign without which there is no address: Java tries four patterns at every letter."""
    patterns = (ADDRESS_SIGN_PATTERN_JAVA, url_pattern())
    return " AND ".join(f"{text} RLIKE {_literal(pattern)}" for pattern in patterns)


def _first_of(*rules: tuple[pa.Array, str]) -> pa.Array:
    """Return for each row the word of the first rule that holds, or null."""
    held = pa.StructArray.from_arrays([mask for mask, _ in rules], [word for _, word in rules])
    return pc.case_when(held, *(pa.scalar(word) for _, word in rules), pa.scalar(None, pa.string()))


def _case(*rules: tuple[str, str]) -> str:
    return "CASE " + " ".join(f"WHEN {test} THEN '{word}'" for test, word in rules) + " END"


def _literal(pattern: str) -> str:
    """Quote a pattern for Spark SQL, where a backslash escapes."""
    return "'" + pattern.replace("\\", "\\\\").replace("'", "\\'") + "'"
