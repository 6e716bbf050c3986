"""Rows of OBELICS: lists that do not fit together, metadata that is none, pages that lead astray."""

import json

from tests.bad_inputs import KEPT

Row = dict[str, object]


def row(url: str, **changes: object) -> Row:
    """Return a row of one picture and one text, but for what is changed."""
    made: Row = {
        "images": ["https://i.example/a.jpg", None],
        "texts": [None, f"The ferry leaves {url.rpartition('/')[2]} at noon."],
        "metadata": '[{"alt_text": "a ferry"}, null]',
        "general_metadata": json.dumps({"url": url}),
    }
    return made | changes


def _page(name: str) -> str:
    return f"https://p.example/{name}"


# Name, the row, the outcome of the document.
ROWS: dict[str, tuple[Row, str]] = {
    "texts shorter": (row(_page("a"), texts=[None]), "length_mismatch"),
    "images null": (row(_page("b"), images=None), "length_mismatch"),
    "metadata shorter": (row(_page("c"), metadata="[null]"), "length_mismatch"),
    "both at one place": (row(_page("d"), texts=["A text.", "Another."]), "position_conflict"),
    "neither anywhere": (row(_page("e"), images=[None, None], texts=[None, None]), "empty_document"),
    "no slots": (row(_page("f"), images=[], texts=[], metadata="[]"), "empty_document"),
    "only pictures": (row(_page("g"), texts=[None, None]), KEPT),
    "only texts": (row(_page("h"), images=[None], texts=["A bell rang."], metadata="[null]"), KEPT),
    "metadata cut": (row(_page("i"), metadata="[{"), "bad_metadata"),
    "metadata an object": (row(_page("j"), metadata="{}"), "bad_metadata"),
    "metadata of numbers": (row(_page("k"), metadata="[1, 2]"), "bad_metadata"),
    "metadata deep": (row(_page("l"), metadata="[" * 100_000), "bad_metadata"),
    "metadata of a huge number": (row(_page("m"), metadata=f'[{{"n": {"9" * 9000}}}, null]'), "bad_metadata"),
    "metadata all null": (row(_page("n"), metadata="[null, null]"), KEPT),
    "no page": (row(_page("o"), general_metadata="{}"), "bad_metadata"),
    "page no text": (row(_page("p"), general_metadata='{"url": 5}'), "bad_metadata"),
    "page a file": (row(_page("q"), general_metadata='{"url": "file:///etc/passwd"}'), "bad_url"),
    "page outside": (row(_page("r"), general_metadata='{"url": "../outside.html"}'), "bad_url"),
    "page a script": (row(_page("s"), general_metadata='{"url": "javascript:alert(1)"}'), "bad_url"),
    "surrogates": (row(_page("t"), metadata='[{"alt_text": "x\\ud800y"}, null]'), KEPT),
    "controls": (row(_page("u"), texts=[None, "A\0 bell\x07 rang\u202e here."]), KEPT),
    "a long text": (row(_page("v"), texts=[None, "Rain fell. " * 50_000]), KEPT),
}  # fmt: skip
