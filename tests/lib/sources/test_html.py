"""A page becomes its images and paragraphs, in order, whatever is wrong with it."""

import subprocess
import sys

import pytest

from realsyn_lib.documents import ImageItem
from realsyn_lib.sources.html import parse_html
from realsyn_lib.sources.parser_trial import ends_well
from tests.in_time import ends_within, takes_time_in_proportion


def items_of(markup, url="pages/a.html"):
    """Show a page's items: a paragraph as its text, an image as its address in brackets."""
    document = parse_html("a.html", url, markup.encode("utf-8", "surrogatepass"))
    assert document.reason is None
    return [f"[{i.url}]" if isinstance(i, ImageItem) else i.text for i in document.items]


ORDERED = [
    ("<p>One.</p><img src=x.jpg><p>Two.</p>", ["One.", "[pages/x.jpg]", "Two."]),
    ("<p>One <b>bold</b>\n   word<i>s</i>.</p>", ["One bold words."]),
    ("<p>Before<img src=x.jpg>after.</p>", ["Before", "[pages/x.jpg]", "after."]),
    ("<div>Loose<p>inner</p>tail</div>", ["Loose", "inner", "tail"]),
    ("<ul><li>a<li>b</ul>", ["a", "b"]),
    ("<table><tr><td>1</td><td>2</td></tr></table>", ["1", "2"]),
    ("<figure><img src=x.jpg><figcaption>What.</figcaption></figure>", ["[pages/x.jpg]", "What."]),
    ("<h1>Title</h1><blockquote>Quote</blockquote>", ["Title", "Quote"]),
    ("<p>one<br>two</p>", ["one\ntwo"]),
    ("<p>one<br><br>two</p>", ["one", "two"]),
    ("<p>a\u00a0b\u200bc</p>", ["a bc"]),
    ("<p>5 &lt; 6 &amp; caf&eacute;</p>", ["5 < 6 & café"]),
    ("plain text, no markup", ["plain text, no markup"]),
    ("<p>a<script>no()</script><style>p{}</style><noscript>no</noscript>b</p>", ["ab"]),
    ("<nav>menu</nav><form>f<input></form><button>b</button><p>x</p><footer>f</footer>", ["x"]),
    ("<select><option>no</select><template><p>no</template><svg><text>no</text></svg>x", ["x"]),
    ("<header>site</header><article><header>kept</header></article>", ["kept"]),
    ("<article>a</article><header>site</header>", ["a"]),
    ("<pre>code()</pre><p>run <code>ls</code> now</p>", ["run ls now"]),
    ("<p></p><p> \n </p><div><img></div>", []),
    ("<p>unclosed <b>tags <i>here", ["unclosed tags here"]),
    ("<frameset><frame src=x></frameset>", []),
]


@pytest.mark.parametrize(("markup", "expected"), ORDERED)
def test_items_come_in_reading_order(markup, expected):
    assert items_of(markup) == expected


IMAGES = [
    ("<img src=' x.jpg '>", "pages/x.jpg"),
    ("<img src='data:image/gif;base64,R0lGOD' data-src=x.jpg>", "pages/x.jpg"),
    ("<img data-src=x.jpg srcset='y.jpg 1x'>", "pages/x.jpg"),
    ("<img src=x.jpg data-src=y.jpg>", "pages/y.jpg"),
    ("<base href='../other/'><img src=x.jpg>", "other/x.jpg"),
    ("<base href='/etc/'><img src=x.jpg>", "pages/x.jpg"),
    ("<base href='https://evil.example/'><img src=x.jpg>", "pages/x.jpg"),
    ("<img src=//cdn.example/x.jpg>", "https://cdn.example/x.jpg"),
]


@pytest.mark.parametrize(("markup", "url"), IMAGES)
def test_an_image_is_found_where_the_page_says(markup, url):
    assert items_of(markup) == [f"[{url}]"]


def test_a_refused_address_keeps_its_image_and_says_why():
    image = parse_html("a.html", "a.html", b"<img src=file:///etc/passwd alt=' a  cat '>").items[0]
    assert (image.url, image.alt_text, image.raw_url) == (None, "a cat", "file:///etc/passwd")
    assert "scheme 'file'" in image.refusal


def test_an_endless_data_address_is_stored_short():
    image = parse_html("a.html", "a.html", b"<img src='data:%s'>" % (b"A" * 100_000)).items[0]
    assert image.url is None
    assert len(image.raw_url) <= 500


def test_the_title_is_taken_from_the_head():
    page = b"<title> A\n cat </title><svg><title>no</title></svg>"
    assert parse_html("a.html", "a.html", page).title == "A cat"
    assert parse_html("a.html", "a.html", b"<p>x").title is None


def test_a_page_nested_3000_deep_keeps_all_its_text():
    deep = "<div>" * 3000 + "bottom" + "</div>" * 3000 + "<p>end</p>"
    assert items_of(deep) == ["bottom", "end"]


def test_an_empty_file_is_named():
    assert parse_html("a.html", "a.html", b"").reason == "empty_file"


HOSTILE = {
    "nested": b"<div>x" * 100_000,
    "nested, with end tags that close nothing": b"<div></x>" * 100_000,
    "formatting left open": b"<p>"
    + b"".join(b"<b a=%d>" % i for i in range(3000))
    + b"<p>x" * 3000,
    "attributes": b"<p " + b" ".join(b"a%d=1" % i for i in range(40_000)) + b">x",
    "formatting closed by others": b"<i>" * 5000 + b"</b>" * 200_000,
    "one word nested in tables' parts": b"<ul> <tr>" * 30_000,
    "items nested in headings": b"<h1><dd>x" * 16_000,
    "an end tag in a comment": b"<div><!--</div>-->" * 100_000,
    "an end tag in a script": b"<div><script></div></script>" * 100_000,
    "an end tag in an attribute": b"<div a='</div>'>" * 3_000 + b"<q>" * 9_000,
    "tags behind others": b"<span>" * 9_000 + b"<h1></h1>" * 100_000,
    "end tags behind others": b"<i>" * 900 + b"</b>" * 1_000_000,
    "options": b"<select>" + b"<option>" * 90_000,
    "options, chosen": b"<select>" + b"<option selected>" * 12_000,
    "options in UTF-16": ("\ufeff<select>" + "<option selected>" * 12_000).encode("utf-16-le"),
    "nested, in UTF-16": ("\ufeff" + "<div>x" * 20_000).encode("utf-16-le"),
    "attributes with marks without quotes": b"<p "
    + b" ".join(b"a%d=<" % i for i in range(30_000))
    + b">x",
    "attributes with marks in names": b"<p "
    + b" ".join(b"a<%d" % i for i in range(30_000))
    + b">x",
    "attributes with marks": b"<p " + b" ".join(b'a%d=">"' % i for i in range(40_000)) + b">x",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_markup_made_to_exhaust_the_parser_is_refused_in_time(kind):
    def read():
        document = parse_html("a.html", "a.html", HOSTILE[kind])
        assert document.reason == "document_too_deep"

    assert ends_within(5.0, read)


HONEST = {
    "terms": "<dl>" + "<dt>a<dd>b" * 6_000 + "</dl>",
    "a list of all airports": "<select>" + "<option>a" * 5_001 + "</select>",
    "400 lists": ("<select>" + "<option>a" * 250 + "</select>") * 400,
    "a drawing that was not closed": "<svg>" + "<p>text" * 10_100,
    "groups of options": "<select>" + "<optgroup>" * 5_100 + "</select>",
    "headings closed by others": "<h2>a</h3><p>x" * 10_100,
    "anchors left open": "<p><a name=x>text" * 1_500,
    "fonts left open": "<p><font size=2>text" * 1_500,
    "marks in titles": '<a title="<b>x">x</a>' * 4_001,
}


@pytest.mark.parametrize("kind", HONEST)
def test_markup_that_is_only_long_is_read(kind):
    assert items_of(HONEST[kind] + "<h1>after</h1>")[-1] == "after"


def test_a_lower_limit_of_memory_that_a_process_was_given_stays():
    """As PySpark gives it to workers by spark.executor.pyspark.memory."""
    command = (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31));"
        "from realsyn_lib.sources.parser_trial import ends_well; print(ends_well(b'<p>a', 1, 2**33))"
    )
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True)
    assert done.stdout == "True\n", done.stderr


@pytest.mark.parametrize("unit", ["<p ", " ", "\n ", "&", "<", "<br>", "=", "<a b='", "<!-- "])
def test_a_long_run_of_anything_takes_time_in_proportion(unit):
    def read(times):
        document = parse_html("a.html", "a.html", (unit * times).encode() + b"x")
        assert document.reason in (None, "document_too_deep")

    assert ends_within(10.0, lambda: read(200_000))
    assert takes_time_in_proportion(read, 200_000)


def test_what_the_guard_lets_through_is_tried_out_before():
    slow = b"<select>" + b"<option selected>" * 20_000
    large = b"<p>" + b"".join(b"<b a=%d>" % n for n in range(3_000)) + b"<p>x" * 3_000
    assert ends_well(b"<p>a" * 10_000, 1, 2**30)
    assert not ends_well(slow, 1, 2**30)
    assert not ends_well(large, 20, 2**28)


def test_a_large_drawing_is_none_of_the_hostile_shapes():
    page = "<p>before<svg>" + "<circle r='1'/>" * 30_000 + "</svg><p>after"
    assert items_of(page) == ["before", "after"]


def test_many_options_outside_of_a_list_are_read():
    page = "<datalist>" + "<option>a" * 9_000 + "</datalist><p>after"
    assert items_of(page) == ["after"]


def test_a_large_honest_page_is_read():
    row = "<tr><td><a href=x>cell</a></td><td><b>bold</b> text<br></td></tr>"
    page = "<table>" + row * 6000 + "</table>"
    assert len(items_of(page)) == 12_000
