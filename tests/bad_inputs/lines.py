"""Lines of MMC4: no JSON, other JSON, rows whose pictures point past their sentences."""

import json

from tests.bad_inputs import KEPT
from tests.made_archives import mmc4_row


def line(name: str, **changes: object) -> bytes:
    """Return a sound line, but for what is changed."""
    texts = [f"The mill {name} turns.", "It grinds corn.", "Boats wait."]
    made = mmc4_row(f"https://m.example/{name}", text_list=texts) | changes
    return json.dumps(made).encode()


def _image(**changes: object) -> list[dict[str, object]]:
    return [{"raw_url": "https://i.example/a.jpg", "matched_text_index": 0} | changes]


# Name, the line without its end, the outcome of the document.
LINES: dict[str, tuple[bytes, str]] = {
    "cut": (line("a")[:-40], "bad_record"),
    "no JSON": (b"hello", "bad_record"),
    "deep": (b"[" * 100_000, "bad_record"),
    "a huge number": (b'{"a": ' + b"9" * 5000 + b"}", "bad_record"),
    "a list": (b"[]", "bad_record"),
    "null": (b"null", "bad_record"),
    "not UTF-8": (b'{"url": "\xff"}', "encoding"),
    "UTF-16": ("\ufeff{}".encode("utf-16-le").replace(b"\n", b""), "encoding"),
    "no sentences": (line("b", text_list=None), "bad_record"),
    "a number for a sentence": (line("c", text_list=["a", 1]), "bad_record"),
    "pictures a text": (line("d", image_info="x"), "bad_record"),
    "a picture null": (line("e", image_info=[None]), "bad_record"),
    "a picture without address": (line("f", image_info=_image(raw_url=None)), "bad_record"),
    "past the sentences": (line("g", image_info=_image(matched_text_index=3)), "bad_record"),
    "before the sentences": (line("h", image_info=_image(matched_text_index=-1)), "bad_record"),
    "a fraction of a sentence": (line("i", image_info=_image(matched_text_index=0.5)), "bad_record"),
    "no page": (line("j", url=None), "bad_record"),
    "a script for a page": (line("k", url="javascript:alert(1)"), "bad_url"),
    "a file for a page": (line("l", url="file:///etc/passwd"), "bad_url"),
    "nothing in it": (line("m", text_list=[], image_info=[]), "empty_document"),
    "no pictures": (line("n", image_info=[]), KEPT),
    "surrogates": (line("o", text_list=["A bell \ud800 rang."], image_info=[]), KEPT),
    "a long line": (line("p", text_list=["Rain fell."] * 60_000, image_info=[]), KEPT),
}  # fmt: skip
