"""The batched tagger against the plain greedy perceptron, and its file."""
# ruff: noqa: RUF001

import json
from collections import defaultdict

import pytest

from realsyn_lib.errors import ModelError
from realsyn_lib.sentences.tagger import Tagger, load_tagger
from realsyn_lib.sentences.tokens import tokens_of

WEIGHTS = {
    "bias": {"NN": 0.1, "VBZ": 0.05},
    "i word the": {"DT": 3.0},
    "i suffix ats": {"VBZ": 0.5, "NNS": 0.7},
    "i-1 tag DT": {"NN": 1.0, "NNS": 1.0},
    "i-1 tag NN": {"VBZ": 1.5},
    "i-2 tag DT": {"VBZ": 0.25},
    "i tag+i-2 tag NN DT": {"VBZ": 0.25},
    "i-1 tag+i word NN cats": {"NNS": 0.125},
    "i+1 word the": {"VBZ": 0.5},
    "i+1 suffix the": {"VBZ": 0.125},
    "i+2 word fish": {"VBZ": 0.125},
    "i-1 word the": {"NN": 0.25},
    "i-2 word the": {"NN": 0.125},
    "i-1 suffix hen": {"VBZ": 0.75},
    "i pref1 f": {"NN": 0.5},
    "i word !YEAR": {"CD": 2.0},
    "i word !DIGITS": {"CD": 2.0},
    "i word !HYPHEN": {"JJ": 2.0},
}
CLASSES = {"NN", "NNS", "VBZ", "DT", "CD", "JJ", "."}
KNOWN = {".": "."}


def key(word):
    if "-" in word and word[0] != "-":
        return "!HYPHEN"
    if word.isdigit() and len(word) == 4:
        return "!YEAR"
    return "!DIGITS" if word[0].isdigit() else word.lower()


def tags_one_by_one(words):
    """The same model in its plainest form: one word, one feature, one weight at a time."""
    before, two_before, tags = ".", None, []
    around = ["-START-", "-START2-", *map(key, words), "-END-", "-END2-"]
    for i, word in enumerate(words):
        b2, b1, here, a1, a2 = around[i : i + 5]
        features = [
            "bias", f"i suffix {word[-3:]}", f"i pref1 {word[0]}", f"i word {here}",
            f"i-1 tag {before}", f"i-2 tag {two_before}", f"i tag+i-2 tag {before} {two_before}",
            f"i-1 tag+i word {before} {here}", f"i-1 word {b1}", f"i-1 suffix {b1[-3:]}",
            f"i-2 word {b2}", f"i+1 word {a1}", f"i+1 suffix {a1[-3:]}", f"i+2 word {a2}",
        ]  # fmt: skip
        scores = defaultdict(float)
        for feature in features:
            for tag, weight in WEIGHTS.get(feature, {}).items():
                scores[tag] += weight
        best = max(CLASSES, key=lambda tag: (scores[tag], tag))
        before, two_before = KNOWN.get(word, best), before
        tags.append(before)
    return tags


SENTENCES = [
    ["The", "hen", "eats", "the", "fish", "."],
    ["the", "cats"],
    ["In", "1999", "12", "well-known", "hens", "the"],
    [],
    ["."],
    ["fish", "the", "the", "fish", "eats", "cats", "-", "."],
]


TEXTS = [
    "The hen eats the fish.", "", "  the  cats ", "She can't; “the hen’s” fish (5%)…", ".",
    "U.S. cats, e.g. 1,000", "the" * 100, "a\u3000b\tc", "😀 cats",
]  # fmt: skip


@pytest.fixture
def tagger():
    return Tagger(WEIGHTS, KNOWN, CLASSES)


def names(tagger, sentences):
    return [[tagger.classes[number] for number in tags] for tags in tagger.tag(sentences)]


def test_the_batch_gives_the_tags_of_the_plain_model(tagger):
    assert names(tagger, SENTENCES) == [tags_one_by_one(words) for words in SENTENCES]


def test_neighbours_in_the_batch_change_nothing(tagger):
    together = names(tagger, SENTENCES)
    assert [names(tagger, [words])[0] for words in SENTENCES] == together
    assert names(tagger, SENTENCES[::-1]) == together[::-1]


def test_no_sentences_have_no_tags(tagger):
    assert tagger.tag([]) == []


def test_forgetting_words_changes_no_tag(tagger, monkeypatch):
    monkeypatch.setattr("realsyn_lib.sentences.lexicon._MOST", (8, 8, 8))
    assert [names(tagger, [words])[0] for words in SENTENCES] == [
        tags_one_by_one(words) for words in SENTENCES
    ]
    assert len(tagger.lexicon.words) < 20


@pytest.mark.parametrize("most", [(65_536, 262_144, 16_000_000), (8, 8, 8)])
def test_the_lexicon_reads_a_batch_as_its_tokens_one_by_one(tagger, monkeypatch, most):
    monkeypatch.setattr("realsyn_lib.sentences.lexicon._MOST", most)
    lexicon = tagger.lexicon
    for _ in range(2):  # met for the first time, and known
        for start in range(len(TEXTS)):
            texts = TEXTS[start:] + TEXTS[:start]
            rows, lengths = lexicon.read(texts)
            assert lengths.tolist() == [len(tokens_of(text)) for text in texts]
            words = [lexicon.words[row] for row in rows]
            assert words == [token for text in texts for token in tokens_of(text)]


def test_a_file_round_trip_gives_the_same_tagger(tagger, tmp_path):
    path = tmp_path / "perceptron.json"
    path.write_text(json.dumps({"weights": WEIGHTS, "tags": KNOWN, "classes": sorted(CLASSES)}))
    assert names(load_tagger(str(path)), SENTENCES) == names(tagger, SENTENCES)


@pytest.mark.parametrize(
    "content", [None, "{", "[]", '{"weights": {}}', '{"weights": 1, "tags": {}, "classes": []}']
)
def test_a_broken_file_is_refused_with_what_to_do(content, tmp_path):
    path = tmp_path / "perceptron.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ModelError, match="realsyn models fetch"):
        load_tagger(str(path))


TOKENS = [
    ("A black cat.", ["A", "black", "cat", "."]),
    (
        "She doesn't like the dog’s tail.",
        ["She", "does", "n't", "like", "the", "dog", "'s", "tail", "."],
    ),
    ("U.S. forces, 1,000 men", ["U.S.", "forces", ",", "1,000", "men"]),
    ("“Yes” (well-known) 5%", ["``", "Yes", "''", "-LRB-", "well-known", "-RRB-", "5%"]),
    ("Dr. Smith…", ["Dr.", "Smith", "..."]),
    ("", []),
]


@pytest.mark.parametrize(("sentence", "tokens"), TOKENS)
def test_a_sentence_is_cut_into_penn_tokens(sentence, tokens):
    assert tokens_of(sentence) == tokens
