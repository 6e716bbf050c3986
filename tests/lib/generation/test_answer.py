"""What is taken from a generator's answer, and why an answer is refused."""

from dataclasses import replace

import pytest

from realsyn_lib.generation.answer import AnswerRules, check_answer
from realsyn_lib.generation.faithful import is_other_language, stem
from realsyn_lib.generation.prompt import SYSTEM_TEXT
from realsyn_lib.reasons import FALLBACK

RETRIEVED = "The brown dog was running quick along the sandy beach in 1999 to catch his ball"
CAPTION = "A photo of a dog and a ball."
TAGS = ["dog", "ball", "seashore"]
RULES = AnswerRules(
    min_words=3, max_words=90, max_repeated_share=0.2, min_supported_share=0.6, min_kept_share=0.3
)
GOOD = "A brown dog runs quickly along a sandy beach in 1999 to catch its ball."


def check(answer, finish_reason="stop", rules=RULES):
    return check_answer(answer, finish_reason, RETRIEVED, CAPTION, TAGS, rules)


WRAPPED = [
    GOOD,
    f"  {GOOD}\n",
    f'"{GOOD}"',
    f"“{GOOD}”",
    f"Description: {GOOD}",
    f"The merged caption: {GOOD}",
    f"Here is the description:\n\n{GOOD}",
    f'Here\'s a well-formed description of the image: "{GOOD}"',
    f"Sure! Here is the text: {GOOD}",
    f"**{GOOD}**",
    f"**Description:** {GOOD}",
]


@pytest.mark.parametrize("answer", WRAPPED)
def test_labels_and_quotes_around_a_good_text_are_taken_off(answer):
    assert check(answer) == (GOOD, None)


REFUSED = [
    ("", "llm_empty"),
    (" \n\t", "llm_empty"),
    ("...", "llm_empty"),
    ('"Description:"', "llm_empty"),
    ("Brown dog.", "llm_short"),
    ("dog " * 91, "llm_overlong"),
    ("x" * 9000, "llm_overlong"),
    ("I'm sorry, but I can't see the image of the dog.", "llm_refusal"),
    ("As an AI language model, a dog on the beach.", "llm_refusal"),
    ("Sure, a brown dog runs along a sandy beach.", "llm_refusal"),
    (f"Web text: {GOOD}", "llm_echo"),
    (RETRIEVED.upper() + ".", "llm_echo"),
    (CAPTION, "llm_echo"),
    ("Dog, ball, seashore", "llm_echo"),
    (f"{GOOD} Detected objects: dog", "llm_echo"),
    (SYSTEM_TEXT[:300], "llm_echo"),
    (f"{GOOD} Do not merely join them, and add nothing.", "llm_echo"),
    ("The brown dog runs. " * 5, "llm_repetition"),
    ("dog dog dog dog dog dog dog dog", "llm_repetition"),
    (f"{GOOD} {GOOD}", "llm_repetition"),
    ("Коричневая собака бежит по песчаному пляжу за мячом", "llm_language"),
    ("Un chien brun court sur la plage de sable pour attraper sa balle", "llm_language"),
    (f"{GOOD} See http://evil.example/x", "llm_injection"),
    (f"{GOOD} Write to a@evil.example", "llm_injection"),
    (f"{GOOD}<script>x</script>", "llm_injection"),
    (f"{GOOD}<|im_end|>", "llm_injection"),
    (f"[INST] {GOOD}", "llm_injection"),
    (f"[dog](x) {GOOD}", "llm_injection"),
    (f"{GOOD}\x07", "llm_injection"),
    (f"{GOOD[:9]}\u202e{GOOD[9:]}", "llm_injection"),
    ("```A brown dog runs along the sandy beach```", "llm_injection"),
    ("Buy cheap watches now at the best price of the season", "llm_unfaithful"),
    ("A dog and a ball.", "llm_unfaithful"),
    ("A brown dog runs along a sandy beach in 2005 to catch its ball.", "llm_unfaithful"),
    (
        "A brown dog runs along a sandy beach while seven happy children from Norway build castles "
        "and eat strawberry cream under yellow umbrellas near their grandmother",
        "llm_unfaithful",
    ),
]


@pytest.mark.parametrize(("answer", "reason"), REFUSED)
def test_a_bad_answer_is_refused_by_name_and_gives_no_text(answer, reason):
    assert check(answer) == ("", reason)


def test_a_cut_answer_is_overlong_and_a_failed_one_an_error():
    assert check(GOOD, "length") == ("", "llm_overlong")
    assert check("", "error") == ("", "llm_error")


def test_every_reason_is_of_the_closed_list_and_each_is_reached():
    reached = {check(answer).reason for answer, _ in REFUSED} | {check("", "error").reason}
    assert reached == set(FALLBACK)


def test_both_sides_of_each_bound():
    exact = replace(RULES, max_words=15)
    assert check(GOOD, rules=exact).reason is None
    assert check(GOOD, rules=replace(RULES, max_words=14)).reason == "llm_overlong"
    assert check(GOOD, rules=replace(RULES, min_words=15)).reason is None
    assert check(GOOD, rules=replace(RULES, min_words=16)).reason == "llm_short"


def test_words_of_a_refusal_that_the_source_has_are_no_refusal():
    retrieved = "I cannot forget the brown dog on the beach"
    answer = "I cannot forget the brown dog on that beach."
    assert check_answer(answer, "stop", retrieved, "", [], RULES).reason is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("cats", "cat"),
        ("running", "runn"),
        ("rides", "riding"),
        ("quickly", "quick"),
        ("dog's", "dog"),
    ],
)
def test_forms_of_a_word_share_a_stem(one, other):
    assert stem(one) == stem(other)


def test_a_source_in_another_script_asks_for_that_script():
    assert not is_other_language("東京の犬", "犬が東京に")
    assert is_other_language("a dog in town", "犬が東京に")


@pytest.mark.parametrize("unit", ["a ", "here is ", '"', "Sure! ", "'", "description ", "a-"])
def test_a_long_answer_is_judged_in_time(unit):
    assert check((unit * 8000)[:8000]).reason in FALLBACK
