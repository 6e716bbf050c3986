"""benchmarks/report.py: what it calls right is a pair with its own picture and its own texts."""

import pytest
from made_warehouse import SAID
from report import quality

from realsyn_lib.report.content import RetrievedText
from realsyn_lib.report.render import render
from tests.report_content import card, content, picture


def made_card(number, text_of):
    """A pair of the made warehouse whose texts are those of image ``text_of``."""
    said = f"Picture {text_of} {SAID}, says"
    texts = tuple(RetrievedText(f"{said} text{rank}.", 0.5) for rank in (1, 2, 3))
    url = f"https://example.org/made/{number}.jpg"
    return card(number, url=url, retrieved=texts, synthetic=f"{said} syn_text.")


@pytest.mark.parametrize(
    ("text_of", "pictured", "share"),
    [(-2, (-1, -2), 1.0), (-1, (-1, -2), 0.5), (-2, (-1,), 0.5), (-20, (), 0.0)],
)
def test_a_wrong_text_or_a_missing_picture_counts_against_it(tmp_path, text_of, pictured, share):
    cards = (made_card(-1, -1), made_card(-2, text_of))
    page = tmp_path / "report.html"
    pictures = {number: picture(9) for number in pictured}
    page.write_text(render(content(cards=cards, pictures=pictures)), encoding="utf-8")
    assert quality(page) == share
