"""The demo's funnel in numbers, and the same numbers counted once more from the tables."""

from collections import Counter
from pathlib import Path

import pytest

from realsyn_lib import tables as t
from realsyn_lib.reasons import DROPPED
from realsyn_lib.tables import Table

pytestmark = [pytest.mark.demo, pytest.mark.spark, pytest.mark.models]

PAGES = Path(__file__).parents[2] / "samples" / "pages"
# What neither a language model's score nor an encoder's cosine has a say in.
EXACT = {
    ("extract_documents", "document"): {
        "in": 120, "kept": 115, "document_too_deep": 1, "empty_document": 1, "empty_file": 1,
        "encoding": 1, "not_a_document": 1,
    },
    ("extract_documents", "image"): {"in": 144, "kept": 138, "bad_url": 5, "too_small": 1},
    ("extract_documents", "sentence"): {"in": 1579, "kept": 1579},
    ("fetch_images", "image"): {"in": 133, "kept": 131, "empty_file": 1, "not_found": 1},
    ("filter_images", "image"): {
        "in": 131, "kept": 121, "aspect_ratio": 3, "too_small": 2, "format_refused": 1,
        "not_an_image": 1, "too_many_pixels": 1, "truncated": 2,
    },
    ("embed_images", "image"): {"in": 121, "kept": 121},
    ("dedup_images", "image"): {
        "in": 121, "kept": 109, "perceptual_duplicate": 9, "semantic_duplicate": 3,
    },
    ("retrieve_texts", "image"): {"in": 109, "kept": 109},
    ("describe_images", "image"): {"in": 109, "kept": 109},
    ("generate_texts", "image"): {"in": 109, "kept": 109},
}  # fmt: skip
SENTENCES_EXACT = {
    "in": 1484, "emoji": 5, "url": 3, "too_short": 62, "too_long": 2, "low_complexity": 19,
    "no_action": 203, "low_entropy": 119,
}  # fmt: skip
SENTENCES_ABOUT = {"kept": 602, "high_perplexity": 399, "low_perplexity": 70}
PERPLEXITY_SLACK = 6  # sentences that lie so near a threshold that another CPU may turn them


@pytest.fixture(scope="session")
def funnel(demo) -> dict[tuple[str, str], dict[str, int]]:
    """Rows by stage and entity: in, kept and each reason."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for row in demo(t.FUNNEL):
        counts = found.setdefault((row["stage"], row["entity"]), {})
        counts[row["drop_reason"] or row["outcome"]] = row["row_count"]
    return found


@pytest.mark.parametrize("place", EXACT, ids=lambda place: "-".join(place))
def test_the_funnel_has_the_counts_of_the_bundled_documents(funnel, place):
    assert funnel[place] == EXACT[place]


def test_the_rules_on_sentences_drop_what_they_did_when_the_samples_were_made(funnel):
    counts = funnel["filter_sentences", "sentence"]
    assert {word: counts[word] for word in SENTENCES_EXACT} == SENTENCES_EXACT
    for word, expected in SENTENCES_ABOUT.items():
        assert abs(counts[word] - expected) <= PERPLEXITY_SLACK, word


def test_seven_sentences_are_dropped_as_copies(funnel):
    counts = funnel["dedup_sentences", "sentence"]
    assert (counts["perceptual_duplicate"], counts["semantic_duplicate"]) == (5, 2)


def test_the_band_drops_its_quantiles_of_the_pairs(funnel):
    """A tenth below, a twentieth above, of 109 pairs; a cosine at the bound stays."""
    counts = funnel["balance_pairs", "pair"]
    assert counts["in"] == 109
    assert 9 <= counts["mismatched"] <= 12
    assert 4 <= counts["ocr_like"] <= 7


@pytest.fixture(scope="session")
def recounted(demo) -> dict[tuple[str, str], tuple[int, dict[str | None, int]]]:
    """(rows in, rows by reason) of every stage and entity, from the data tables alone."""

    def reasons(table: Table) -> dict[str | None, int]:
        return dict(Counter(row["drop_reason"] for row in demo(table)))

    def kept(table: Table) -> int:
        return reasons(table)[None]

    def deduplicated(table: Table, rows: int) -> dict[str | None, int]:
        lost = [row for row in demo(table) if row["id"] != row["representative_id"]]
        words = Counter(f"{row['kind']}_duplicate" for row in lost)
        return {**words, None: rows - len({row["id"] for row in lost})}

    documents, images = demo(t.DOCUMENTS), kept(t.IMAGE_EMBEDDINGS)
    addresses = {row["image_id"] for row in demo(t.IMAGES_FOUND) if row["drop_reason"] is None}
    sentences = {row["sentence_id"] for row in demo(t.SENTENCES_FOUND)}
    alive = deduplicated(t.SENTENCE_DUPLICATES, kept(t.SENTENCE_EMBEDDINGS))[None]
    shown = deduplicated(t.IMAGE_DUPLICATES, images)[None]
    with_text = len({row["image_id"] for row in demo(t.RETRIEVED_TEXTS)})
    released = len({row["image_id"] for row in demo(t.SAMPLES) if row["tier"] == "all"})
    return {
        ("extract_documents", "document"): (len(list(PAGES.rglob("*.html"))), reasons(t.DOCUMENTS)),
        ("extract_documents", "image"): (
            sum(row["image_count"] for row in documents), reasons(t.IMAGES_FOUND),
        ),
        ("extract_documents", "sentence"): (
            sum(row["sentence_count"] for row in documents), {None: len(demo(t.SENTENCES_FOUND))},
        ),
        ("fetch_images", "image"): (len(addresses), reasons(t.FETCHES)),
        ("filter_images", "image"): (kept(t.FETCHES), reasons(t.IMAGES)),
        ("embed_images", "image"): (kept(t.IMAGES), reasons(t.IMAGE_EMBEDDINGS)),
        ("dedup_images", "image"): (images, deduplicated(t.IMAGE_DUPLICATES, images)),
        ("filter_sentences", "sentence"): (len(sentences), reasons(t.SENTENCES)),
        ("embed_sentences", "sentence"): (kept(t.SENTENCES), reasons(t.SENTENCE_EMBEDDINGS)),
        ("dedup_sentences", "sentence"): (
            kept(t.SENTENCE_EMBEDDINGS),
            deduplicated(t.SENTENCE_DUPLICATES, kept(t.SENTENCE_EMBEDDINGS)),
        ),
        ("cluster_sentences", "sentence"): (alive, {None: len(demo(t.SENTENCE_CLUSTERS))}),
        ("retrieve_texts", "image"): (shown, {None: with_text}),
        ("describe_images", "image"): (shown, {None: len(demo(t.IMAGE_DESCRIPTIONS))}),
        ("generate_texts", "image"): (with_text, {None: len(demo(t.SYNTHETIC_TEXTS))}),
        ("balance_pairs", "pair"): (shown, reasons(t.PAIRS)),
        ("publish_release", "pair"): (released, {None: released}),
        ("assess_release", "pair"): (kept(t.PAIRS), {None: kept(t.PAIRS)}),
    }  # fmt: skip


def test_the_funnel_says_what_the_tables_hold(funnel, recounted):
    from_tables = {
        place: {"in": rows, **{word or "kept": n for word, n in outcomes.items()}}
        for place, (rows, outcomes) in recounted.items()
    }
    assert funnel == from_tables


def test_rows_in_are_kept_dropped_or_quarantined_in_every_stage(funnel):
    assert len({stage for stage, _ in funnel}) == 15
    lost = {p: c["in"] - sum(n for word, n in c.items() if word != "in") for p, c in funnel.items()}
    assert set(lost.values()) == {0}


def test_the_quarantine_has_as_many_rows_as_the_funnel_quarantined(demo):
    counted = [row for row in demo(t.FUNNEL) if row["outcome"] == "quarantined"]
    assert sum(row["row_count"] for row in counted) == len(demo(t.QUARANTINE))
    assert {row["drop_reason"] for row in counted} & set(DROPPED) == set()


def test_every_rule_on_images_and_sentences_fires(demo):
    tables = (t.DOCUMENTS, t.IMAGES_FOUND, t.FETCHES, t.IMAGES, t.SENTENCES, t.PAIRS)
    fired = {row["drop_reason"] for table in tables for row in demo(table)}
    elsewhere = {"opt_out", "duplicate_document", "perceptual_duplicate", "semantic_duplicate",
                 "no_text", "robots", "placeholder"}  # fmt: skip
    off = {"known_hash", "nsfw", "watermark", "language"}  # scorers that no profile names
    assert set(DROPPED) - elsewhere - off <= fired
    assert not off & fired
