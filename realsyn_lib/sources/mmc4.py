"""A line of MMC4 -> document: sentences, and images placed beside those they were matched to."""

import json
from typing import Any

from realsyn_lib.documents import Document, Item, Paragraph, image_item, refused
from realsyn_lib.sentences.clean import paragraphs_of
from realsyn_lib.sources.interleaved import BadRowError, page_address

MMC4_KEYS = ("url", "text_list", "image_info")
_MAX_VALUES = 4_000_000  # commas and brackets of a line: each may stand for an object in memory


def parse_mmc4(source: str, locator: str, line: bytes) -> Document:
    """Read one line of MMC4, of any of its four sets (all, fewer faces, core, core fewer faces).

    An image stands right before the sentence ``matched_text_index`` names, several of one sentence
    in the order of ``image_info``: that is how OpenFlamingo, trained by MMC4's authors, reads it
    (the image token before the sentence). Its address is ``raw_url``, resolved against the page.
    Similarities, faces and names of files are not read.

    Returns:
        The document; with the reason ``encoding``, ``bad_record`` (no JSON, a key missing or of
        another type, an index outside of the list), ``document_too_large`` or ``bad_url``.
    """
    try:
        row = _object_in(line)
        sentences, images = _list(row, "text_list"), _list(row, "image_info")
        address = row.get("url")
        if not isinstance(address, str) or not address:
            raise BadRowError("bad_record", "no page address in url")
        url = page_address(address)
        before = _images_by_sentence(images, len(sentences), url)
        items: list[Item] = []
        for index, sentence in enumerate(sentences):
            if not isinstance(sentence, str):
                raise BadRowError("bad_record", f"text_list[{index}] is {type(sentence).__name__}")
            items += before.get(index, ())
            items += map(Paragraph, paragraphs_of(sentence))
    except BadRowError as bad:
        return refused(source, locator, *bad.args)
    return Document(source, locator, url, None, tuple(items))


def _object_in(line: bytes) -> dict[str, Any]:
    if line.count(b",") + line.count(b"[") + line.count(b"{") > _MAX_VALUES:
        raise BadRowError("document_too_large", f"more than {_MAX_VALUES} values in one line")
    try:
        value = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BadRowError("encoding", f"no UTF-8 at byte {error.start} of the line") from error
    except (ValueError, RecursionError) as error:
        raise BadRowError("bad_record", f"no JSON: {str(error)[:200]}") from error
    if not isinstance(value, dict):
        raise BadRowError("bad_record", f"the line is {type(value).__name__}, expected an object")
    return value


def _list(row: dict[str, Any], key: str) -> list[Any]:
    value = row.get(key)
    if not isinstance(value, list):
        raise BadRowError("bad_record", f"{key} is {type(value).__name__}, expected a list")
    return value


def _images_by_sentence(images: list[Any], sentences: int, url: str) -> dict[int, list[Item]]:
    """Return the images by the index of the sentence that each was matched to."""
    found: dict[int, list[Item]] = {}
    for number, image in enumerate(images):
        index, raw = (
            (image.get("matched_text_index"), image.get("raw_url"))
            if isinstance(image, dict)
            else (None, None)
        )
        if not isinstance(raw, str):
            raise BadRowError("bad_record", f"image_info[{number}] has no raw_url")
        if type(index) is not int or not 0 <= index < sentences:
            detail = f"image_info[{number}]: matched_text_index is not one of {sentences} sentences"
            raise BadRowError("bad_record", detail)
        found.setdefault(index, []).append(image_item(raw, url, None))
    return found
