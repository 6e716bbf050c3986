"""The bundled documents hold what their tables say: credits, sizes and planted outcomes."""

import csv
import hashlib
from collections import Counter
from itertools import combinations
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from realsyn_lib.documents import Document, ImageItem, Paragraph
from realsyn_lib.images.decode import decode_grey
from realsyn_lib.images.header import read_header
from realsyn_lib.images.phash import hamming_distance, luma_std, phash
from realsyn_lib.images.quality import size_reason
from realsyn_lib.images.rules import ImageRules
from realsyn_lib.reasons import DROPPED, QUARANTINED
from realsyn_lib.sentences.rules import SentenceRules, text_reasons
from realsyn_lib.sources.html import parse_html
from realsyn_lib.sources.obelics import parse_obelics

SAMPLES = Path(__file__).parents[1] / "samples"
PAGES = SAMPLES / "pages"
RULES = ImageRules(min_side_px=100, max_aspect_ratio=3.0, max_pixels=64_000_000)
MAX_BYTES = 12_000_000
MAX_HAMMING = 6
WITHOUT_TEXT = {"public domain", "no known copyright restrictions"}


def table(name: str) -> list[dict[str, str]]:
    with (SAMPLES / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def planted(kind: str) -> list[dict[str, str]]:
    found = [row for row in table("PLANTED.tsv") if row["kind"].startswith(kind)]
    assert found
    return found


def image_outcome(path: Path) -> str:
    """What header, decoder and size rules say of one file, apart from duplicates."""
    data = path.read_bytes()
    if not data:
        return "empty_file"  # told before any image rule, by the fetch
    header = read_header(data, RULES.max_pixels)
    reason = decode_grey(data, header).reason
    if reason is None:
        reason = size_reason(header.width_px, header.height_px, RULES)
    return reason or "kept"


def page(path: str) -> Document:
    return parse_html(path, path, (PAGES / path).read_bytes())


def paragraphs(document: Document) -> list[str]:
    return [item.text for item in document.items if isinstance(item, Paragraph)]


def addresses(document: Document) -> list[str | None]:
    return [item.url for item in document.items if isinstance(item, ImageItem)]


@pytest.fixture(scope="module")
def hashes() -> dict[str, tuple[int, float]]:
    """Hash and contrast of every image file that the rules keep."""
    names, grey = [], []
    for path in sorted(PAGES.glob("*/images/*")):
        if image_outcome(path) == "kept":
            data = path.read_bytes()
            names.append(str(path.relative_to(PAGES)))
            grey.append(decode_grey(data, read_header(data, RULES.max_pixels)).pixels)
    stack = np.stack(grey)
    return dict(zip(names, zip(phash(stack).tolist(), luma_std(stack).tolist())))


def test_every_image_file_has_one_row_of_credits():
    files = sorted(str(path.relative_to(SAMPLES)) for path in PAGES.glob("*/images/*"))
    assert sorted(row["file"] for row in table("CREDITS.tsv")) == files


def test_every_credit_names_title_author_package_licence_source_and_changes():
    assert [row for row in table("CREDITS.tsv") if not all(row.values())] == []


def test_every_licence_is_free_of_conditions_or_its_text_is_here():
    named = {row["licence"] for row in table("CREDITS.tsv")} - WITHOUT_TEXT
    assert named == {path.stem for path in (SAMPLES / "licences").glob("*.txt")}


def test_the_samples_take_at_most_twelve_megabytes():
    assert sum(path.stat().st_size for path in SAMPLES.rglob("*") if path.is_file()) <= MAX_BYTES


def test_there_are_120_pages_and_101_photographs_beside_the_planted_ones():
    photographs = [path for path in PAGES.glob("*/images/*.jpg") if "planted" not in path.parts]
    assert len(list(PAGES.rglob("*.html"))) == 120
    assert len(photographs) == 101
    assert all(Image.open(path).format == "JPEG" for path in photographs)
    assert {image_outcome(path) for path in photographs} == {"kept"}


def test_every_expected_outcome_is_kept_or_a_word_of_the_closed_lists():
    words = {row["expected"] for row in table("PLANTED.tsv")} - {"kept"}
    assert words <= set(DROPPED) | set(QUARANTINED)


def test_the_planted_reasons_are_counted():
    counts = Counter(row["expected"] for row in table("PLANTED.tsv"))
    assert counts == {
        "kept": 28, "perceptual_duplicate": 14, "semantic_duplicate": 5,
        "too_small": 3, "aspect_ratio": 3, "emoji": 5, "url": 3, "too_short": 2, "too_long": 1,
        "low_complexity": 2, "no_action": 4, "low_entropy": 3, "low_perplexity": 3,
        "high_perplexity": 3, "bad_url": 5, "not_found": 1, "empty_file": 2, "not_an_image": 1,
        "truncated": 2, "format_refused": 1, "too_many_pixels": 1, "empty_document": 1,
        "not_a_document": 1, "encoding": 1, "document_too_deep": 1, "length_mismatch": 1,
        "position_conflict": 1, "bad_metadata": 1,
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["image: size", "image: solid", "image: damaged", "image: format"])
def test_each_planted_image_meets_its_outcome(kind):
    rows = planted(kind)
    outcomes = {row["locator"]: image_outcome(PAGES / row["locator"]) for row in rows}
    assert outcomes == {row["locator"]: row["expected"] for row in rows}


def test_each_planted_image_is_shown_by_its_page():
    rows = [row for row in planted("image") if row["locator"] not in addresses(page(row["page"]))]
    assert rows == []


def test_near_copies_and_only_they_lie_within_the_hash_distance(hashes):
    contrasty = {name: code for name, (code, std) in hashes.items() if std >= 3.0}
    names = sorted(contrasty)
    pairs = np.array(list(combinations(range(len(names)), 2)))
    codes = np.array([contrasty[name] for name in names])
    near = hamming_distance(codes[pairs[:, 0]], codes[pairs[:, 1]]) <= MAX_HAMMING
    copies = planted("image: near copy") + planted("image: same bytes")
    expected = {frozenset((row["locator"], original_of(row["note"]))) for row in copies}
    assert {frozenset((names[a], names[b])) for a, b in pairs[near]} == expected


def original_of(note: str) -> str:
    return note.partition(", of ")[2].partition(";")[0]


def test_copies_under_another_address_have_the_same_bytes():
    for row in planted("image: same bytes"):
        files = PAGES / row["locator"], PAGES / original_of(row["note"])
        assert len({hashlib.sha256(file.read_bytes()).digest() for file in files}) == 1


def test_each_address_is_refused_missing_or_there_as_planted():
    items = [item for item in page("planted/addresses.html").items if isinstance(item, ImageItem)]
    outcomes = []
    for item in items:
        there = item.url is not None and (PAGES / item.url).is_file()
        missing = "bad_url" if item.refusal else "not_found"
        outcomes.append("kept" if there else missing)
    assert Counter(outcomes) == Counter(row["expected"] for row in planted("address"))
    assert [item.url for item in items].count("animals/images/bison.jpg") == 3


def test_each_planted_sentence_is_a_line_of_its_page():
    lines = {row["page"]: paragraphs(page(row["page"])) for row in planted("sentence")}
    assert [row for row in planted("sentence") if row["locator"] not in lines[row["page"]]] == []


def test_the_rules_on_text_alone_drop_the_planted_sentences_and_no_other_planted_one():
    rows = planted("sentence")
    reasons = text_reasons(pa.array([row["locator"] for row in rows]), SentenceRules()).to_pylist()
    cheap = {"emoji", "url", "too_short", "too_long"}
    assert reasons == [row["expected"] if row["expected"] in cheap else None for row in rows]


def test_the_sentences_at_the_upper_limit_have_81_and_82_words():
    rows = {row["expected"]: row["locator"] for row in planted("sentence: length")}
    assert [len(rows[outcome].split()) for outcome in ("kept", "too_long")] == [81, 82]


def test_repeated_sentences_stand_on_three_pages():
    texts = [paragraphs(page(f"planted/notice-{number}.html")) for number in (1, 2, 3)]
    assert all(row["locator"] in text for row in planted("sentence: word") for text in texts)


def test_each_planted_page_meets_its_outcome():
    rows = planted("page")
    documents = {row["locator"]: page(row["locator"]) for row in rows}
    outcomes = {
        name: found.reason or ("kept" if found.items else "empty_document")
        for name, found in documents.items()
    }
    assert outcomes == {row["locator"]: row["expected"] for row in rows}


def test_pages_in_other_encodings_read_as_written():
    assert paragraphs(page("music/bata-drums.html"))[2].startswith("Batá drums come in families")
    assert any(
        "René Gabriel designed" in text for text in paragraphs(page("workshop/white-chair.html"))
    )


def test_control_characters_and_direction_marks_are_gone():
    text = "".join(paragraphs(page("planted/control-characters.html")))
    assert text.isascii() and text.isprintable()


def test_the_parquet_file_has_the_schema_of_obelics():
    strings = pa.list_(pa.string())
    expected = {
        "images": strings,
        "metadata": pa.string(),
        "general_metadata": pa.string(),
        "texts": strings,
    }
    schema = pq.read_schema(SAMPLES / "obelics/train-00000-of-00001.parquet")
    assert dict(zip(schema.names, schema.types)) == expected


def obelics_rows() -> list[Document]:
    rows = pq.read_table(SAMPLES / "obelics/train-00000-of-00001.parquet").to_pylist()
    return [parse_obelics("obelics", str(number), **row) for number, row in enumerate(rows)]


def test_twelve_pages_read_from_obelics_as_they_do_from_html():
    good = [row for row in obelics_rows() if row.reason is None]
    assert len(good) == 12
    for row in good:
        assert (paragraphs(row), addresses(row)) == (
            paragraphs(page(row.url)),
            addresses(page(row.url)),
        )


def test_the_three_bad_rows_of_obelics_have_their_reasons():
    bad = [row.reason for row in obelics_rows() if row.reason is not None]
    assert bad == [row["expected"] for row in planted("obelics row")]
