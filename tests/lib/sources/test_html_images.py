"""Of all addresses that a page names for one picture, one is taken, by the rule that is stated."""

import pytest

from realsyn_lib.documents import ImageItem
from realsyn_lib.sources.html import parse_html
from tests.in_time import ends_within, takes_time_in_proportion

BLANK = "data:image/gif;base64,R0lGODlhAQABAAAAACw="


def images_of(markup):
    items = parse_html("a.html", "https://a.example/p/", f"<body>{markup}".encode()).items
    return [item for item in items if isinstance(item, ImageItem)]


def names_of(markup):
    return [(image.url or image.raw_url).rpartition("/")[2] for image in images_of(markup)]


LARGEST = [
    ("<img srcset='y.jpg 1x, z.jpg 2x'>", "z.jpg"),
    ("<img srcset='y.jpg, z.jpg 2x'>", "z.jpg"),
    ("<img srcset='z.jpg 1.5x,  y.jpg'>", "z.jpg"),
    ("<img src=a.jpg srcset='s.jpg 320w, l.jpg 1280w, m.jpg 640w'>", "l.jpg"),
    ("<img src=a.jpg srcset='one.jpg 800w, two.jpg 800w'>", "one.jpg"),
    ("<img src=a.jpg srcset='dense.jpg 3x' data-srcset='wide.jpg 400w'>", "wide.jpg"),
    ("<img srcset='https://c.example/w_9,h_9/x.jpg 100w,https://c.example/w_8,h_8/y.jpg 90w'>", "x.jpg"),
    ("<img srcset='x.jpg huge, y.jpg -2x'>", "x.jpg"),
    (f"<img src=a.jpg srcset='{BLANK} 900w'>", "a.jpg"),
    ("<img src=a.jpg srcset=' , ,'>", "a.jpg"),
]  # fmt: skip


@pytest.mark.parametrize(("markup", "name"), LARGEST)
def test_the_widest_else_the_densest_candidate_is_taken(markup, name):
    assert names_of(markup) == [name]


PICTURES = [
    ("<source srcset='w.webp 900w'><img src=a.jpg srcset='b.jpg 600w'>", "w.webp"),
    ("<source srcset='w.webp 600w'><img src=a.jpg srcset='b.jpg 600w'>", "b.jpg"),
    ("<source srcset=one.webp><img src=a.jpg>", "a.jpg"),
    ("<source srcset='x.jxl 900w' type=image/jxl><img src=a.jpg>", "a.jpg"),
    ("<source srcset='x.avif 900w' type=image/avif><img src=a.jpg>", "x.avif"),
    ("<source media='(max-width: 600px)' srcset='narrow.jpg 2x'><img src=a.jpg>", "a.jpg"),
    ("<source media='(min-width: 600px)' data-srcset='wide.jpg 2x'><img src=a.jpg>", "wide.jpg"),
]


@pytest.mark.parametrize(("inside", "name"), PICTURES)
def test_a_picture_element_offers_what_wide_screens_get_and_we_can_read(inside, name):
    assert names_of(f"<picture>{inside}</picture>") == [name]


LAZY = [
    (f"<img src='{BLANK}' data-src=x.jpg>", ["x.jpg"]),
    ("<img data-lazy-src=/i/x.jpg>", ["x.jpg"]),
    ("<img src=/i/spacer.gif data-original=x.jpg>", ["x.jpg"]),
    ("<img data-src='{{template}}/x.jpg' src=a.jpg>", ["a.jpg"]),
    ("<img data-src=17 src=a.jpg>", ["a.jpg"]),
    (f"<img src='{BLANK}'><noscript><img src=x.jpg></noscript>", ["x.jpg"]),
    ("<img class=lazy data-id=3><noscript><img src=x.jpg></noscript>", ["x.jpg"]),
    ("<img data-src=x.jpg><noscript><img src=x-small.jpg></noscript>", ["x.jpg"]),
    ("<img src=x.jpg><noscript><img src=x.jpg></noscript>", ["x.jpg"]),
    (f"<noscript><img src=x.jpg></noscript><img src='{BLANK}'>", ["x.jpg"]),
    ("<noscript><img src=x.jpg></noscript><img data-src=x.jpg>", ["x.jpg"]),
    ("<noscript><img src=x.jpg></noscript><img src=y.jpg>", ["x.jpg", "y.jpg"]),
    ("<img data-src=x.jpg><p>Text.<noscript><img src=y.jpg></noscript>", ["x.jpg", "y.jpg"]),
    ("<noscript>Turn scripts on. <img src=c.gif width=1 height=1></noscript>", []),
    ("<amp-img src=x.jpg><noscript><img src=x.jpg></noscript></amp-img>", ["x.jpg"]),
]


@pytest.mark.parametrize(("markup", "names"), LAZY)
def test_what_a_script_would_load_is_found_once(markup, names):
    assert names_of(markup) == names


def test_a_twin_without_scripts_stands_where_the_blank_stood_and_keeps_its_alt_text():
    (image,) = images_of(f"<img src='{BLANK}'><noscript><img src=x.jpg alt='A cat'></noscript>")
    assert (image.url, image.alt_text) == ("https://a.example/p/x.jpg", "A cat")


def test_a_blank_picture_that_nothing_replaces_is_named_as_refused():
    (image,) = images_of(f"<img src='{BLANK}'>")
    assert image.url is None
    assert "data" in image.refusal


@pytest.mark.parametrize(("size", "refusal"), [
    ("width=1 height=1", "too_small"), ("width=0 height=0", "too_small"),
    ("width=1px height=1px", "too_small"), ("style='width:1px; height : 1px'", "too_small"),
    ("width=1", None), ("width=1 height=2", None), ("style='width:1px'", None),
    ("width=1 height=1 data-src=b.jpg", None), ("width=10 height=10", None),
])  # fmt: skip
def test_a_picture_declared_as_one_pixel_is_too_small_before_any_fetch(size, refusal):
    (image,) = images_of(f"<img src=a.jpg {size}>")
    assert image.refusal == refusal


@pytest.mark.parametrize("how", ["hidden", "style='display: none'", "style='visibility:hidden'"])
def test_a_hidden_picture_is_not_of_the_page(how):
    assert names_of(f"<p>Text.</p><img src=a.jpg {how}><img src=b.jpg aria-hidden=true>") == [
        "b.jpg"
    ]


@pytest.mark.parametrize(("before", "unit", "times", "behind"), [
    ("<picture>", "<source srcset='a.jpg 1x'><img src=b.jpg>", 5_000, "</picture>"),
    ("<img srcset='", "a.jpg 1w, ", 200_000, "'>"), ("<img srcset='", ", ", 400_000, "'>"),
    ("<img srcset='", ",", 400_000, "'>"), ("<img srcset='a", ",", 400_000, "'>"),
    ("<img srcset='", "a" + "," * 600 + " ", 600, "'>"), ("<img data-src='", "a/", 500_000, "'>"),
    ("<noscript>" * 2000, "<img src=a.jpg>", 5_000, ""),
])  # fmt: skip
def test_hostile_pictures_take_time_in_proportion(before, unit, times, behind):
    def read(times):
        markup = f"{before}{unit * times}{behind}"
        parse_html("a.html", "https://a.example/", markup.encode())

    assert ends_within(5.0, lambda: read(times))
    assert takes_time_in_proportion(read, times)
