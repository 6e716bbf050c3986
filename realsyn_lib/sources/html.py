"""HTML page -> document: images and paragraphs in the order in which a reader meets them."""

import re
from enum import Enum

from selectolax.lexbor import LexborHTMLParser, LexborNode

from realsyn_lib.documents import Document, ImageItem, Item, Paragraph, image_item, refused
from realsyn_lib.sentences.clean import clean_text, paragraphs_of
from realsyn_lib.sources.encoding import decode_page
from realsyn_lib.sources.html_images import IMAGE_TAGS, is_tiny, offer_of
from realsyn_lib.sources.main_text import Block, main_items, prose_chars
from realsyn_lib.sources.markup_guard import refuse_markup
from realsyn_lib.sources.page_parts import Attributes, Part, is_hidden, part_of
from realsyn_lib.urls import canonical_url, is_web

MAX_TITLE_CHARS = 1000

# Never read by a visitor, or not prose: code, controls, drawings, players.
_SKIPPED = frozenset((
    "head", "script", "style", "template", "svg", "math", "button", "select", "option",
    "datalist", "textarea", "pre", "xmp", "listing", "plaintext", "iframe", "frame", "frameset",
    "noframes", "noembed", "object", "embed", "video", "audio", "canvas", "progress", "meter",
))  # fmt: skip
# A block element ends the paragraph before it and its own; all others run on in the line.
_BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details",
    "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1",
    "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "html", "legend", "li", "main", "menu",
    "nav", "ol", "p", "search", "section", "summary", "table", "tbody", "td", "tfoot", "th",
    "thead", "tr", "ul",
))  # fmt: skip
_CONTENT = frozenset(("article", "main", "section"))  # a header in these belongs to the text
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))  # long ones are no prose either
_MARKUP_SPACE = re.compile(r"[ \t\n\f\r]+")
_PICTURE_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|bmp|tiff?)(?:[?#]|$)", re.I)


def parse_html(source: str, url: str, data: bytes, locator: str = "") -> Document:
    """Read one page.

    Args:
        source: the file it came from, as the table ``documents`` names it.
        url: the page's canonical address; relative images resolve against it, or against a
            ``<base href>`` that does not leave the input.
        data: the page's bytes.
        locator: the place in that file; empty where the file is the page.

    Returns:
        The document; with a ``reason`` where the bytes are empty, not text, or markup made to
        exhaust the parser. Scripts, styles, code, controls and what lies around the main text
        (``main_text``) are left out; ``<br>`` breaks a line, two of them a paragraph. A picture of
        one pixel by its declared size is ``too_small``: it is never asked for.
    """
    if not data:
        return refused(source, locator, "empty_file", None)
    decoded = decode_page(data)
    if decoded.text is None:
        return refused(source, locator, decoded.reason or "encoding", decoded.detail)
    hostile = refuse_markup(decoded.text.encode("utf-8", "surrogatepass"))
    if hostile:
        return refused(source, locator, "document_too_deep", hostile)
    parser = LexborHTMLParser(decoded.text)
    walk = _Walk(_base(parser, url))
    if parser.root is not None:
        walk.over(parser.root)
    return Document(source, locator, url, _title(parser), tuple(walk.main_items()))


class _Twin(Enum):
    """What the last item expects of a ``<noscript>`` beside it, or that it came from one."""

    NONE = 0
    REPLACES = 1  # the item is a blank picture
    REPEATS = 2  # the item has the address that a script would load
    CAME_FIRST = 3  # the item stood in a <noscript>; the element for scripts may follow


class _Walk:
    """Collects the items and blocks of a page in one pass over its tree, without recursion."""

    def __init__(self, base: str) -> None:
        self._items: list[Item] = []
        self._blocks = [Block("html", -1, Part.TEXT, 0)]
        self._open = 0  # number of the innermost open block
        self._base = base
        self._line: list[str] = []
        self._link_chars = 0  # of the line
        self._link_depth: int | None = None  # of the link that is open
        self._link_spoke = False  # it has text
        self._content_depth = 0
        self._twin = _Twin.NONE

    def main_items(self) -> list[Item]:
        """Return the items of the main text in order."""
        self._end_paragraph()
        self._blocks[0].end = len(self._items)
        kept = main_items(self._blocks, len(self._items))
        return [item for item, keep in zip(self._items, kept, strict=True) if keep]

    def over(self, root: LexborNode) -> None:
        """Visit every node once: children after their parent, then the parent's end."""
        node, depth = root, 0
        while True:
            child = node.child if self._enter(node, depth) else None
            if child is not None:
                node, depth = child, depth + 1
                continue
            while True:
                self._leave(node.tag, depth)
                if depth == 0:
                    return
                following = node.next
                if following is not None:
                    node = following
                    break
                parent = node.parent
                if parent is None:
                    return
                node, depth = parent, depth - 1

    def _enter(self, node: LexborNode, depth: int) -> bool:
        """Take what the node holds; tell whether its children are to be read."""
        tag = node.tag
        if tag == "-text":
            self._add_text(node.text_content or "")
            return True
        if tag in _SKIPPED or tag is None:
            return False
        if tag == "br":
            self._line.append("\n")
            return True
        if tag == "noscript":
            self._add_twins(node)
            return False
        attributes = node.attributes
        if tag in _BLOCKS:
            self._open_block(tag, attributes)
        elif tag in IMAGE_TAGS:
            if not is_hidden(attributes):
                self._add_image(node, attributes)
        elif attributes:
            if is_hidden(attributes) or part_of(tag, attributes, True) == Part.CERTAIN:
                return False
            if tag == "a" and self._link_depth is None and _leads_away(attributes):
                self._link_depth, self._link_spoke = depth, False
        return True

    def _leave(self, tag: str | None, depth: int) -> None:
        if tag in _BLOCKS:
            self._end_paragraph()
            block = self._blocks[self._open]
            block.end = len(self._items)
            self._open = max(block.parent, 0)
            self._content_depth -= tag in _CONTENT
        elif depth == self._link_depth:
            self._link_depth = None

    def _open_block(self, tag: str, attributes: Attributes) -> None:
        self._end_paragraph()
        part = part_of(tag, attributes, self._content_depth > 0)
        block = Block(tag, self._open, part, len(self._items))
        block.is_region = bool(attributes) and (
            attributes.get("role") == "main" or attributes.get("itemprop") == "articleBody"
        )
        self._open = len(self._blocks)
        self._blocks.append(block)
        self._content_depth += tag in _CONTENT

    def _add_text(self, raw: str) -> None:
        text = _MARKUP_SPACE.sub(" ", raw)
        self._line.append(text)
        if self._link_depth is not None and not text.isspace():
            self._link_chars += len(text.strip())
            self._blocks[self._open].links += not self._link_spoke
            self._link_spoke = True

    def _end_paragraph(self) -> None:
        if not self._line:
            return
        texts = paragraphs_of("".join(self._line))
        self._line.clear()
        if texts:
            self._items.extend(map(Paragraph, texts))
            self._twin = _Twin.NONE
            chars = sum(map(len, texts))
            links = min(self._link_chars, chars)
            block = self._blocks[self._open]
            block.chars += chars
            block.link_chars += links
            block.leads += block.tag == "h1"
            if block.tag not in _HEADINGS:
                block.prose += prose_chars(chars, links)
        self._link_chars = 0

    def _add_image(self, node: LexborNode, attributes: Attributes) -> None:
        self._end_paragraph()
        offer = offer_of(node, attributes)
        if offer.address is None:
            return
        refusal = "too_small" if is_tiny(attributes) and not offer.is_later else None
        item = image_item(offer.address, self._base, attributes.get("alt"), refusal)
        came_first = self._twin == _Twin.CAME_FIRST
        self._twin = _Twin.NONE
        if came_first and (offer.is_stand_in or _same_picture(item, self._items[-1])):
            return
        if offer.is_stand_in:
            self._twin = _Twin.REPLACES
        elif offer.is_later:
            self._twin = _Twin.REPEATS
        self._take(item)

    def _add_twins(self, noscript: LexborNode) -> None:
        """Read what a page shows without scripts: the pictures that it has not named itself."""
        for node in noscript.css("img"):
            attributes = node.attributes
            offer = offer_of(node, attributes)
            if offer.address is None or offer.is_stand_in or is_tiny(attributes):
                continue
            self._end_paragraph()
            item = image_item(offer.address, self._base, attributes.get("alt"))
            twin, self._twin = self._twin, _Twin.NONE
            if twin == _Twin.REPLACES:
                self._items[-1] = item
            elif twin != _Twin.REPEATS and not (
                self._items and _same_picture(item, self._items[-1])
            ):
                self._take(item)
                self._twin = _Twin.CAME_FIRST

    def _take(self, item: ImageItem) -> None:
        self._items.append(item)
        if item.refusal != "too_small":
            self._blocks[self._open].leads += self._link_depth is None


def _same_picture(item: ImageItem, last: Item) -> bool:
    return isinstance(last, ImageItem) and last.url is not None and last.url == item.url


def _leads_away(attributes: Attributes) -> bool:
    """Tell a link to a page from an anchor and from a link to a large version of a picture."""
    href = attributes.get("href") or ""
    return href != "" and not _PICTURE_FILE.search(href[-300:])


def _base(parser: LexborHTMLParser, url: str) -> str:
    """Return the page's address, or its ``<base href>`` where both are web or both local."""
    node = parser.head.css_first("base[href]") if parser.head is not None else None
    href = (node.attributes.get("href") or "") if node is not None else ""
    if not href:
        return url
    folder = href.endswith("/") and not is_web(url)  # a local address names a file: give it one
    address = canonical_url(href + "_" if folder else href, url)
    return address.url if address.url and is_web(address.url) == is_web(url) else url


def _title(parser: LexborHTMLParser) -> str | None:
    node = parser.head.css_first("title") if parser.head is not None else None
    return clean_text(node.text())[:MAX_TITLE_CHARS] or None if node is not None else None
