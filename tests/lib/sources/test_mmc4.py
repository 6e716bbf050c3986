"""Lines of MMC4: images before the sentence they were matched to, and what a line is refused for."""

import json

import pytest

from realsyn_lib.documents import ImageItem, Paragraph
from realsyn_lib.sources import mmc4
from realsyn_lib.sources.mmc4 import parse_mmc4
from tests.made_archives import mmc4_row

WORDS = ["The harbour is old.", "Boats wait for the tide.", "They leave at noon."]


def parsed(row: object):
    line = row if isinstance(row, bytes) else json.dumps(row).encode()
    return parse_mmc4("docs_shard_0_v3.jsonl.zip", "docs.jsonl:7", line)


def shown(document):
    return [item.text if isinstance(item, Paragraph) else item.url for item in document.items]


def image(index: object, raw: object = "https://i.example/x.jpg"):
    return {"raw_url": raw, "matched_text_index": index}


def test_an_image_stands_before_its_sentence():
    found = parsed(mmc4_row())
    assert (found.reason, found.url, found.locator) == (
        None,
        "https://a.example/page",
        "docs.jsonl:7",
    )
    a, b = "https://i.example/a.jpg", "https://i.example/b.jpg"
    assert shown(found) == [a, WORDS[0], WORDS[1], b, WORDS[2]]
    assert found.items[0] == ImageItem(a, a, None, None)


def test_several_images_of_one_sentence_keep_their_order_and_fewer_faces_has_other_keys():
    images = [image(1, f"https://i.example/{name}.png") for name in "cab"]
    row = mmc4_row(image_info=images)
    del row["similarity_matrix"], row["could_have_url_duplicate"]
    names = [url.rsplit("/", 1)[1] for url in shown(parsed(row)) if url.endswith(".png")]
    assert names == ["c.png", "a.png", "b.png"]


def test_addresses_resolve_against_the_page_and_bad_ones_stay_as_images_without_address():
    found = parsed(mmc4_row(image_info=[image(0, "/x.png"), image(0, "file:///etc/passwd")]))
    assert shown(found)[:2] == ["https://a.example/x.png", None]


def test_a_document_without_images_or_with_empty_sentences_is_read():
    assert shown(parsed(mmc4_row(image_info=[], text_list=["", "One.\n\nTwo."]))) == [
        "One.",
        "Two.",
    ]


@pytest.mark.parametrize(("row", "reason", "detail"), [
    (b"{", "bad_record", "no JSON"), (b"\xff\xfe{}", "encoding", "byte 0"),
    (b"[" * 100_000, "bad_record", "no JSON"), (b'{"a": ' + b"9" * 5000 + b"}", "bad_record", "no JSON"),
    ([], "bad_record", "the line is list"), (None, "bad_record", "NoneType"),
    (mmc4_row(text_list=None), "bad_record", "text_list is NoneType"),
    (mmc4_row(text_list=["a", 1, "c"]), "bad_record", "text_list[1] is int"),
    (mmc4_row(image_info="x"), "bad_record", "image_info is str"),
    (mmc4_row(image_info=[None]), "bad_record", "image_info[0] has no raw_url"),
    (mmc4_row(image_info=[image(0, None)]), "bad_record", "image_info[0] has no raw_url"),
    (mmc4_row(image_info=[image(3)]), "bad_record", "not one of 3 sentences"),
    (mmc4_row(image_info=[image(-1)]), "bad_record", "not one of 3 sentences"),
    (mmc4_row(image_info=[image(1.0)]), "bad_record", "not one of 3 sentences"),
    (mmc4_row(image_info=[image(True)]), "bad_record", "not one of 3 sentences"),
    (mmc4_row(url=None), "bad_record", "no page address"),
    (mmc4_row(url="javascript:alert(1)"), "bad_url", "scheme"),
])  # fmt: skip
def test_what_a_line_is_refused_for(row, reason, detail):
    found = parsed(row)
    assert (found.reason, found.items) == (reason, ())
    assert detail in found.detail


def test_a_line_of_endless_small_values_is_refused_before_it_is_parsed(monkeypatch):
    monkeypatch.setattr(mmc4, "_MAX_VALUES", 50)
    assert parsed(mmc4_row(extra=[[]] * 60)).reason == "document_too_large"
    assert parsed(mmc4_row()).reason is None


def test_lone_surrogates_become_text_that_every_reader_holds():
    found = parsed(
        mmc4_row(text_list=["a \ud800 b"], image_info=[image(0, "https://i.example/\ud800")])
    )
    assert found.items[1] == Paragraph("a \ufffd b")
    json.dumps(shown(found)).encode()
