"""The cheap rules: what they drop, at which bound, and in Spark SQL just as in Arrow."""
# ruff: noqa: RUF001

import re
from itertools import product

import emoji
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql.functions import expr

from realsyn_lib.sentences.patterns import emoji_blocks, emoji_pattern, url_pattern
from realsyn_lib.sentences.rules import (
    SentenceRules,
    entropy_reasons,
    is_plain_sql,
    parse_reasons,
    perplexity_reasons,
    text_reason_sql,
    text_reasons,
    word_count_sql,
)
from realsyn_lib.sentences.words import count_words

RULES = SentenceRules()
# Signs of the emoji table that print as text unless U+FE0F follows: no emoji when they stand alone.
SIGNS = "©®™‼⁉ℹ↔↕↖↗↘↙↩↪⌨⏏⏭⏮⏯⏱⏲⏸⏹⏺Ⓜ▪▫▶◀◻◼⤴⤵⬅⬆⬇〰〽㊗㊙"

EMOJI = ["😀", "❤", "❤️", "☀", "✔", "⌚", "1️⃣", "#⃣", "🇫🇷", "👩‍🚀", "👍🏽", "©️", "↔️", "⏱️", "🦰"]
NO_EMOJI = [*"0123456789#*©®™↔", "é", "中", "→", "★", "✓", "½", "°", "…", "€"]
URLS = [
    "see http://example.com now", "HTTPS://X.ORG/a", "ftp://x", "www.example.fr", "(www.x)",
    "at example.com.", "Example.COM", "bbc.co.uk", "mail a.b@x.org", "x_1@mail.example.museum",
]  # fmt: skip
NO_URLS = [
    "The end.In the morning", "e.g. this", "5.30 p.m.", "U.S. Congress", "@handle said", "a@b",
    "www is a web", "http is a protocol", "Mr.Smith", "command.complete", "node.js",
]  # fmt: skip


def padded(text):
    """Give a text enough words, so that only the rule under test can drop it."""
    return f"one two three {text} four"


def reasons(texts, rules=RULES):
    return text_reasons(pa.array(texts), rules).to_pylist()


def test_emoji_are_found():
    assert reasons([padded(e) for e in EMOJI]) == ["emoji"] * len(EMOJI)


def test_digits_letters_and_plain_signs_are_no_emoji():
    assert reasons([padded(c) for c in NO_EMOJI]) == [None] * len(NO_EMOJI)


def test_every_emoji_of_the_table_is_found_but_the_bare_signs():
    missed = [e for e in emoji.EMOJI_DATA if not re.search(emoji_pattern(), e)]
    assert sorted(missed) == sorted(SIGNS)


def test_addresses_are_found_and_prose_is_not():
    assert reasons([padded(u) for u in URLS]) == ["url"] * len(URLS)
    assert reasons([padded(u) for u in NO_URLS]) == [None] * len(NO_URLS)


WORD_COUNTS = [
    ("", 0), ("...", 0), ("one", 1), ("dog's tail", 2), ("dog’s", 1), ("well-known", 1),
    ("rock 'n' roll", 3), ("a--b", 2), ("-a-", 1), ("U.S.", 2), ("3.5 kg", 3), ("naïve café", 2),
    ("cafe\u0301", 1), ("don't stop", 2), ("東京", 1), ("a_b", 2), ("5-year-old", 1),
]  # fmt: skip


@pytest.mark.parametrize(("text", "count"), WORD_COUNTS)
def test_words_are_counted(text, count):
    assert count_words(pa.array([text])).to_pylist() == [count]


def test_both_bounds_of_length_are_kept():
    assert reasons([" ".join(["w"] * n) for n in (2, 3, 81, 82)]) == [
        "too_short", None, None, "too_long"
    ]  # fmt: skip


def test_the_cheaper_rule_speaks_first():
    assert reasons(["😀 http://x.com", "x.com", "😀"]) == ["emoji", "url", "emoji"]


def test_bounds_of_the_scores_are_kept():
    assert entropy_reasons(pa.array([0.2999, 0.3, 9.0], pa.float32()), RULES).to_pylist() == [
        "low_entropy", None, None
    ]  # fmt: skip
    assert perplexity_reasons(
        pa.array([29.99, 30.0, 200.0, 200.1], pa.float32()), RULES
    ).to_pylist() == ["low_perplexity", None, None, "high_perplexity"]


def test_complexity_speaks_before_action_and_action_may_be_waived():
    complexity, action = pa.array([0, 1, 1], pa.int32()), pa.array([False, False, True])
    assert parse_reasons(complexity, action, RULES).to_pylist() == [
        "low_complexity",
        "no_action",
        None,
    ]
    waived = SentenceRules(min_actions=0)
    assert parse_reasons(complexity, action, waived).to_pylist() == ["low_complexity", None, None]


def test_the_patterns_take_time_in_proportion_to_a_hostile_sentence():
    texts = ["a@" * 2000, "a." * 2000, "www." * 1000, "http:/" * 700, "a" * 4000, "-" * 4000]
    assert len(reasons(texts)) == len(texts)
    for text in texts:
        re.search(url_pattern(), text)


def test_every_text_with_an_emoji_has_a_letter_of_the_blocks():
    assert all(
        re.search(emoji_blocks(), e) for e in emoji.EMOJI_DATA if re.search(emoji_pattern(), e)
    )
    assert not re.search(emoji_blocks(), "“Naïve” – it’s 5 €… 東京")


# Up to a megabyte: Java's patterns must need neither much stack nor more than one pass.
HOSTILE = [
    "", "x" * 10**6, "word " * 200_000, "a-" * 500_000, "😀" * 250_000, "\x00\x01\x02" * 100,
    *((unit * 100_000)[:100_000] for unit in (
        "a@", "www.", "a.", "http:/", "-", "é", "\u0301", "a.b-", "\ufffd", "1'", ".c", "@b-",
    )),
]  # fmt: skip


# Every string of up to four of these: what may stand beside a word, a joiner, an address.
SIGNS_AROUND_WORDS = "a9 .-':/@_\n\u2019"
SHORT = ["".join(letters) for n in range(5) for letters in product(SIGNS_AROUND_WORDS, repeat=n)]
CHUNKS = ("word", "a", "7", " ", " ", "  ", ".", "-", "'", "--", ", ", "(", "\t", "www.", "@", "://",
          "http", "x.com", ".org", "é", "\u2019", "\u0301", "中", "😀", "#", "\ufe0f")  # fmt: skip


def sql_verdicts(spark, texts):
    """Return (is plain, words, reason) of each text as the stage works them out."""
    frame = spark.createDataFrame([(n, text) for n, text in enumerate(texts)], "n int, text string")
    frame = frame.withColumn("is_plain", expr(is_plain_sql("text")))
    frame = frame.withColumn("words", expr(word_count_sql("text", "is_plain")))
    reason = expr(text_reason_sql("text", "is_plain", "words", RULES)).alias("reason")
    rows = frame.select("n", "is_plain", "words", reason).collect()
    found = {row.n: (row.is_plain, row.words, row.reason) for row in rows}
    return [found[n] for n in range(len(texts))]


def assert_sql_equals_arrow(spark, texts):
    expected = zip(count_words(pa.array(texts)).to_pylist(), reasons(texts), strict=True)
    assert [row[1:] for row in sql_verdicts(spark, texts)] == list(expected)


@pytest.mark.spark
def test_spark_sql_agrees_with_arrow_on_every_text(spark):
    table = list(emoji.EMOJI_DATA)
    texts = [*EMOJI, *NO_EMOJI, *URLS, *NO_URLS, *(text for text, _ in WORD_COUNTS), *table]
    texts += [padded(text) for text in texts] + [" ".join(["w"] * n) for n in (2, 3, 81, 82)]
    texts += ["a-" * 2000, "a@" * 2000, "www." * 1000]  # as long as a sentence may be
    assert_sql_equals_arrow(spark, texts + HOSTILE)


@pytest.mark.spark
def test_spark_sql_agrees_with_arrow_on_every_short_text_and_in_the_middle_of_one(spark):
    assert len(SHORT) == sum(len(SIGNS_AROUND_WORDS) ** n for n in range(5))
    assert_sql_equals_arrow(spark, SHORT + [f"one two{text}three four" for text in SHORT])


@pytest.mark.spark
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(st.sampled_from(CHUNKS), max_size=8).map("".join), min_size=200))
def test_spark_sql_agrees_with_arrow_on_drawn_texts(spark, texts):
    assert_sql_equals_arrow(spark, texts)


@pytest.mark.spark
def test_most_sentences_are_plain_and_what_spaces_cannot_count_is_not(spark):
    plain = ['The well-known "dog\'s" tail (grey), wagged.', "one", "It is 5% of all; no more!"]
    other = [
        "",
        " a",
        "a ",
        "a  b",
        "a - b",
        "U.S.",
        "and/or",
        "naïve",
        "(see .com)",
        "http://",
        "a\nb",
    ]
    assert [row[0] for row in sql_verdicts(spark, plain)] == [True] * 3
    assert [row[0] for row in sql_verdicts(spark, other)] == [False] * len(other)
