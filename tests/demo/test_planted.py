"""Each row of samples/PLANTED.tsv against the tables that the demo has made of it."""

import csv
from pathlib import Path
from urllib.parse import quote

import pytest

from realsyn_lib.tables import (
    DOCUMENTS,
    FETCHES,
    IMAGE_DUPLICATES,
    IMAGES,
    IMAGES_FOUND,
    QUARANTINE,
    SENTENCE_DUPLICATES,
    SENTENCES,
)

pytestmark = [pytest.mark.demo, pytest.mark.spark, pytest.mark.models]

SAMPLES = Path(__file__).parents[2] / "samples"
SAME_IMAGE = "animals/images/bison.jpg"


def planted(*kinds: str) -> list[dict[str, str]]:
    with (SAMPLES / "PLANTED.tsv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    found = [row for row in rows if row["kind"].startswith(kinds)]
    assert found
    return found


def is_of_duplicates(row: dict[str, str]) -> bool:
    return row["expected"].endswith("_duplicate")


def dropped_by(rows: list[dict]) -> dict[int, str]:
    """Return for each id that a component dropped the reason."""
    lost = (row for row in rows if row["id"] != row["representative_id"])
    return {row["id"]: f"{row['kind']}_duplicate" for row in lost}


@pytest.fixture(scope="session")
def image_outcomes(demo) -> dict[str, str]:
    """What became of each image address: the first reason on the line, else kept."""
    dropped = dropped_by(demo(IMAGE_DUPLICATES))
    found = {row["url"]: row["drop_reason"] for row in demo(IMAGES_FOUND) if row["url"]}
    fetched = {row["url"]: row["drop_reason"] for row in demo(FETCHES)}
    filtered = {
        row["url"]: row["drop_reason"] or dropped.get(row["image_id"]) for row in demo(IMAGES)
    }
    return {url: reason or "kept" for url, reason in (found | fetched | filtered).items()}


@pytest.fixture(scope="session")
def sentence_outcomes(demo) -> dict[str, str]:
    """What became of each sentence: the first reason on the line, else kept."""
    dropped = dropped_by(demo(SENTENCE_DUPLICATES))
    return {
        row["text"]: row["drop_reason"] or dropped.get(row["sentence_id"]) or "kept"
        for row in demo(SENTENCES)
    }


def test_each_planted_image_that_is_no_copy_has_its_outcome(image_outcomes):
    rows = [row for row in planted("image:") if not is_of_duplicates(row)]
    assert {row["locator"]: image_outcomes[row["locator"]] for row in rows} == {
        row["locator"]: row["expected"] for row in rows
    }


def test_of_each_planted_pair_of_images_exactly_one_is_dropped_for_the_planted_reason(
    image_outcomes,
):
    for row in filter(is_of_duplicates, planted("image:")):
        original = row["note"].partition(", of ")[2].partition(";")[0]
        outcomes = sorted([image_outcomes[row["locator"]], image_outcomes[original]])
        assert outcomes == ["kept", row["expected"]], (row["locator"], original)


def test_no_image_but_the_planted_ones_is_taken_for_a_copy(image_outcomes):
    reasons = [reason for reason in image_outcomes.values() if reason.endswith("_duplicate")]
    assert len(reasons) == len([row for row in planted("image:") if is_of_duplicates(row)])


def test_each_planted_sentence_that_is_no_copy_has_its_outcome(sentence_outcomes):
    rows = [row for row in planted("sentence:") if not is_of_duplicates(row)]
    assert {row["locator"]: sentence_outcomes[row["locator"]] for row in rows} == {
        row["locator"]: row["expected"] for row in rows
    }


def test_of_each_planted_pair_of_sentences_exactly_one_is_dropped_for_the_planted_reason(
    demo, sentence_outcomes
):
    texts = {row["sentence_id"]: row["text"] for row in demo(SENTENCES)}
    members: dict[tuple[str, int], list[str]] = {}
    for row in demo(SENTENCE_DUPLICATES):
        members.setdefault((row["kind"], row["component_id"]), []).append(texts[row["id"]])
    for row in filter(is_of_duplicates, planted("sentence:")):
        kind = row["expected"].removesuffix("_duplicate")
        (pair,) = [
            texts for (k, _), texts in members.items() if k == kind and row["locator"] in texts
        ]
        assert sorted(sentence_outcomes[text] for text in pair) == ["kept", row["expected"]]
    assert len(members) == len([row for row in planted("sentence:") if is_of_duplicates(row)])


def test_a_sentence_of_three_pages_is_one_row_of_three_occurrences(demo):
    counts = {row["text"]: row["occurrence_count"] for row in demo(SENTENCES)}
    rows = planted("sentence: word for word")
    assert [counts[row["locator"]] for row in rows] == [3] * len(rows)


def test_each_planted_page_has_its_outcome(demo):
    outcomes = {row["source"]: row["drop_reason"] or "kept" for row in demo(DOCUMENTS)}
    rows = planted("page")
    assert {row["locator"]: outcomes[row["locator"]] for row in rows} == {
        row["locator"]: row["expected"] for row in rows
    }


def test_refused_addresses_are_in_quarantine_and_spellings_of_one_image_are_one(demo):
    found = {row["raw_url"]: row for row in demo(IMAGES_FOUND)}
    for row in planted("address"):
        if row["expected"] == "kept":
            assert found[row["locator"]]["url"] == SAME_IMAGE
        elif row["expected"] == "bad_url":
            assert found[row["locator"]]["drop_reason"] == "bad_url"
            assert found[row["locator"]]["url"] is None
    (bison,) = [row for row in demo(IMAGES) if row["url"] == SAME_IMAGE]
    spelled = [row for row in demo(IMAGES_FOUND) if row["url"] == SAME_IMAGE]
    assert bison["occurrence_count"] == len(spelled) == 4


def test_the_quarantine_holds_every_broken_row_once_with_its_place(demo):
    found = {
        (row["stage"], row["source"], row["locator"], row["reason"]) for row in demo(QUARANTINE)
    }
    assert len(found) == len(demo(QUARANTINE)) == 17
    pages = {
        row["locator"]: row["expected"] for row in planted("page") if row["expected"] != "kept"
    }
    assert {
        source: reason for stage, source, _, reason in found
        if stage == "extract_documents" and source != DOCUMENTS.name
    } == pages  # fmt: skip
    reasons = sorted(reason for stage, *_, reason in found if stage == "filter_images")
    assert reasons == [
        "format_refused", "not_an_image", "too_many_pixels", "truncated", "truncated",
    ]  # fmt: skip


def test_every_address_of_a_page_is_percent_encoded(demo):
    addresses = [row["url"] for row in demo(IMAGES_FOUND) if row["url"]]
    assert [url for url in addresses if quote(url, safe="/:%-._~!$&'()*+,;=@?") != url] == []
