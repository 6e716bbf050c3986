"""What the benchmark of pages counts: neighbours, words, and articles inside their frames."""

import pytest
from html_pages import _of_html, _of_xml, judge
from made_sites import _LAYOUTS, Article, made_page, stem

FIGURE = [("text", "Before it."), ("image", "images/a-1.jpg"), ("text", "A boat.")]


@pytest.mark.parametrize(("answer", "right", "found", "precision", "recall"), [
    (FIGURE, 1.0, 1.0, 1.0, 1.0),
    ([("image", "x/a-1-320.webp"), ("text", "A boat.")], 1.0, 1.0, 1.0, 0.5),
    ([("image", "x/a-1.jpg"), ("text", "Menu"), ("text", "A boat.")], 0.0, 1.0, 2 / 3, 0.5),
    ([("text", "Before it.")], 0.0, 0.0, 1.0, 0.5), ([], 0.0, 0.0, 0.0, 0.0),
])  # fmt: skip
def test_a_neighbour_is_right_if_the_caption_follows(answer, right, found, precision, recall):
    judged = judge([answer], [FIGURE])
    assert (judged["neighbour right"], judged["found"]) == (right, found)
    assert (judged["precision"], judged["recall"]) == (precision, recall)


def test_a_last_picture_is_judged_by_the_text_before_it():
    truth = [("text", "Before it."), ("image", "a.jpg")]
    assert judge([truth], [truth])["neighbour right"] == 1.0
    assert judge([truth[1:]], [truth])["neighbour right"] == 0.0


def test_every_layout_holds_the_article_once_and_the_same_name_gives_the_same_page():
    body = '<p>The tide is low.</p><img src="images/a.jpg" alt="A">'
    articles = [Article(f"p{n}", f"T{n}", body, ("One.", "Two.", "Three.")) for n in range(40)]
    pages = [made_page(article, articles) for article in articles]
    assert pages == [made_page(article, articles) for article in articles]
    assert all(page.count("The tide is low.") == 1 for page in pages)
    assert len({page.partition("<body")[2][:30] for page in pages}) == len(_LAYOUTS)


def test_all_addresses_of_a_picture_have_one_stem():
    names = ("images/a-2.jpg", "https://c.example/images/a-2-1280.jpg", "x/a-2-320.webp", "a-2")
    assert {stem(name) for name in names} == {"a-2"}


def test_answers_of_others_are_taken_apart_in_order():
    xml = (
        "<doc><main><head>H</head><p>One <hi>two</hi><graphic src='a.jpg'/> three</p></main></doc>"
    )
    page = "<div><h1>H</h1><p>One <b>two</b><img src='a.jpg'> three</p></div>"
    wanted = [("text", "H"), ("text", "One two"), ("image", "a.jpg"), ("text", "three")]
    assert _of_xml(xml) == _of_html(page) == wanted
    assert _of_xml("") == []
