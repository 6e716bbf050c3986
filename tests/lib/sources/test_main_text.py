"""What lies around a page's text is left out, whatever the page is built like; nothing loses all."""

import pytest

from realsyn_lib.documents import ImageItem
from realsyn_lib.sources.html import parse_html
from realsyn_lib.sources.main_text import prose_chars
from realsyn_lib.sources.page_parts import Part, part_of
from tests.in_time import ends_within, takes_time_in_proportion

ONE = "The tide leaves the harbour dry for six hours, so the boats wait on the mud."
TWO = "At noon the water is back, and the first crews leave with nets and bread."
THREE = "A reader from the north says that he saw the same boats forty years ago."
FOUR = "Nobody in the village remembers who painted the largest of them green."
TEXT = f"<p>{ONE}</p><img src=boat.jpg><p>{TWO}</p>"
KEPT = [ONE, "[boat.jpg]", TWO]
LINKS = "".join(f"<li><a href=/{n}>Page number {n}</a></li>" for n in range(5))


def items_of(markup):
    """Show a page's items: a paragraph as its text, an image as its address in brackets."""
    document = parse_html("a.html", "https://a.example/", markup.encode())
    return [
        f"[{item.raw_url}]" if isinstance(item, ImageItem) else item.text for item in document.items
    ]


LEFT_OUT = {
    "a cookie notice": f"<div id=cookie-banner><p>{THREE}</p></div>",
    "comments": f"<section class=comments-area><p>{THREE}</p><p>{FOUR}</p><p>{THREE}</p></section>",
    "a sidebar": f"<div class=sidebar><p>{THREE}</p></div>",
    "a role": f"<div role=complementary><p>{THREE}</p></div>",
    "a share bar": "<div class=share><a href=/a>Chirp</a> <a href=/b>Mail</a></div>",
    "share icons": "<div class=social><a href=/a><img src=chirp.png></a></div>",
    "related pages": "<div class=relatedPosts><h3>More</h3><a href=/a><img src=t.jpg>A title</a></div>",
    "an unnamed list of links": f"<div class=x7><ul>{LINKS}</ul></div>",
    "hidden text": f"<div style='display:none'><p>{THREE}</p></div>",
    "text for readers of screens": "<span class=sr-only>Opens in a new window</span>",
    "a form": f"<form><p>{THREE}</p><input></form>",
    "an advertisement": f"<div class=advertisement><img src=ad.jpg><p>{THREE}</p></div>",
}  # fmt: skip


@pytest.mark.parametrize("what", LEFT_OUT)
@pytest.mark.parametrize("page", ["{text}{part}", "{part}{text}", "<main>{text}{part}</main>"])
def test_what_lies_around_the_text_is_left_out(what, page):
    assert items_of(page.format(text=TEXT, part=LEFT_OUT[what])) == KEPT


def test_a_heading_that_leads_to_nothing_else_goes_with_its_list():
    assert items_of(f"{TEXT}<h3>Elsewhere</h3><ul>{LINKS}</ul>") == KEPT
    assert items_of(f"<h3>Boats</h3><ul>{LINKS}</ul>{TEXT}") == ["Boats", *KEPT]


def test_an_aside_is_text_inside_an_article_and_a_sidebar_outside():
    aside = f"<aside><p>{THREE}</p></aside>"
    assert items_of(f"<article>{TEXT}{aside}</article>") == [*KEPT, THREE]
    assert items_of(f"{TEXT}{aside}") == KEPT


STAYS = {
    "an article whose comments are open": f"<article class='post comments-open'>{TEXT}</article>",
    "a body that has a sidebar": f"<div class=has-sidebar>{TEXT}</div>",
    "a page inside one form": f"<form id=aspnetForm>{TEXT}</form>",
    "a page inside an open menu": f"<nav>{TEXT}",
    "a page shown by a script": f"<body style='visibility:hidden'>{TEXT}",
    "a page hidden as a whole": f"<div hidden>{TEXT}</div>",
    "a page hidden until a script has run": f"<div hidden>{TEXT}</div><div class=cookies>{THREE}</div>",
    "a page in a part of a bad name": f"<div class=sidebar>{TEXT}</div>",
    "tables": f"<table><tr><td><ul>{LINKS}</ul></td><td>{TEXT}</td></tr></table>",
}


@pytest.mark.parametrize("what", STAYS)
def test_no_name_takes_a_page_its_text(what):
    assert items_of(STAYS[what]) == KEPT


def test_several_articles_are_kept_although_each_says_it_is_small():
    page = f"<article class=comments-open><p>{ONE}</p></article><article><p>{TWO}</p></article>"
    assert items_of(f"<div><h1>The site</h1></div>{page}") == [ONE, TWO]


def test_many_parts_of_bad_names_that_together_are_the_text_are_kept():
    parts = "".join(f"<div class=widget-area><p>{text}</p></div>" for text in (ONE, TWO, THREE))
    assert items_of(parts) == [ONE, TWO, THREE]


def test_a_page_without_prose_keeps_its_pictures_and_labels():
    page = f"<h1>Boats</h1><img src=a.jpg><p>Green</p><img src=b.jpg><ul>{LINKS}</ul>"
    assert items_of(page)[:4] == ["Boats", "[a.jpg]", "Green", "[b.jpg]"]


def test_a_page_that_is_a_list_of_links_is_left_as_it_is():
    many = LINKS * 20
    assert len(items_of(f"<p>{ONE}</p><ul>{many}</ul>")) == 101
    assert items_of(f"<p>{ONE}</p><ul>{LINKS}</ul>") == [ONE]


def test_only_a_menu_is_no_text():
    document = parse_html("a.html", "https://a.example/", f"<nav>{LINKS}</nav>".encode())
    assert document.items == ()


def test_the_innermost_container_of_nearly_all_text_stands_for_the_page():
    page = f"<div class=a>Since 1990</div><div class=b><div>{TEXT}</div></div><div>Call us</div>"
    assert items_of(page) == KEPT


def test_a_picture_or_first_heading_beside_the_text_keeps_its_place():
    assert items_of(f"<div><img src=top.jpg><div>{TEXT}</div></div>") == ["[top.jpg]", *KEPT]
    assert items_of(f"<div><h1>Boats</h1><div>{TEXT}</div></div>") == ["Boats", *KEPT]


def test_short_parts_of_a_text_are_kept_beside_its_prose():
    lists = "<div><h2>Take</h2><ul><li>Butter</li><li>Flour from the mill of the village</li></ul></div>"
    page = f"<div>{lists}<div><h2>Do</h2><p>{ONE}</p></div></div>"
    assert items_of(page)[:3] == ["Take", "Butter", "Flour from the mill of the village"]


@pytest.mark.parametrize("figure", [
    "<figure><img src=boat.jpg><figcaption>A green boat.</figcaption></figure>",
    "<figure><a href=boat-large.jpg><img src=boat.jpg></a><figcaption>A green boat.</figcaption></figure>",
    "<figure><picture><source srcset=b.webp><img src=boat.jpg></picture><figcaption>A green boat.",
])  # fmt: skip
def test_a_caption_stands_beside_its_picture(figure):
    assert items_of(f"<p>{ONE}</p>{figure}") == [ONE, "[boat.jpg]", "A green boat."]


def test_links_to_pictures_are_a_gallery_and_not_a_list_of_links():
    shown = "".join(f"<li><a href={n}.jpg>View number {n} of all</a></li>" for n in range(4))
    assert len(items_of(f"<p>{ONE}</p><ul>{shown}</ul>")) == 5


@pytest.mark.parametrize(("chars", "link_chars", "prose"), [
    (40, 0, 40), (39, 0, 0), (80, 40, 40), (81, 41, 0), (100, 40, 60),
])  # fmt: skip
def test_prose_is_forty_letters_outside_links_and_no_fewer_than_inside(chars, link_chars, prose):
    assert prose_chars(chars, link_chars) == prose


@pytest.mark.parametrize(("tag", "attributes", "part"), [
    ("div", {"class": "entry"}, Part.TEXT), ("div", {"class": "related-posts"}, Part.DOUBTFUL),
    ("div", {"class": "main-nav"}, Part.AROUND), ("div", {"class": "no-comments"}, Part.TEXT),
    ("div", {"id": "disqus_thread"}, Part.CERTAIN), ("div", {"class": "GDPRNotice"}, Part.AROUND),
    ("div", {"class": "sharedValues"}, Part.TEXT), ("article", {"class": "comments"}, Part.TEXT),
    ("figure", {"class": "ads"}, Part.TEXT), ("div", {"hidden": None}, Part.AROUND),
    ("div", {"class": None, "id": None}, Part.TEXT), ("nav", {}, Part.AROUND),
])  # fmt: skip
def test_a_part_is_known_by_whole_words_of_its_names(tag, attributes, part):
    assert part_of(tag, attributes, in_content=True) == part


def test_a_header_belongs_to_the_text_inside_an_article_only():
    assert part_of("header", {}, in_content=True) == Part.TEXT
    assert part_of("header", {}, in_content=False) == Part.AROUND


@pytest.mark.parametrize("unit", [
    "<div class=sidebar>x", "<section><a href=/x>y</a>", "<ul><li><a href=/x>y</a></ul>",
    "<h2>a</h2><div class=share><a href=/x>y</a></div>", "<main><p>x</p></main>", "<article>",
])  # fmt: skip
def test_deciding_takes_time_in_proportion(unit):
    def decide(times):
        parse_html("a.html", "https://a.example/", (unit * times).encode())

    assert ends_within(5.0, lambda: decide(9_000))
    assert takes_time_in_proportion(decide, 9_000)
