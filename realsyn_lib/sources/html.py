"""HTML page -> document: images and paragraphs in the order in which a reader meets them."""

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from realsyn_lib.documents import Document, Item, Paragraph, image_item, refused
from realsyn_lib.sentences.clean import clean_text, paragraphs_of
from realsyn_lib.sources.encoding import decode_page
from realsyn_lib.sources.markup_guard import refuse_markup
from realsyn_lib.urls import canonical_url, is_web

MAX_TITLE_CHARS = 1000

# Never read by a visitor, or not prose: code, forms, menus, drawings, players.
_SKIPPED = frozenset((
    "head", "script", "style", "noscript", "template", "svg", "math", "nav", "footer", "form",
    "button", "select", "option", "datalist", "textarea", "pre", "xmp", "listing", "plaintext",
    "iframe", "frame", "frameset", "noframes", "noembed", "object", "embed", "video", "audio",
    "canvas", "progress", "meter",
))  # fmt: skip
# A block element ends the paragraph before it and its own; all others run on in the line.
_BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details",
    "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "h1", "h2", "h3",
    "h4", "h5", "h6", "header", "hgroup", "hr", "html", "legend", "li", "main", "menu", "ol",
    "p", "search", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr",
    "ul",
))  # fmt: skip
_CONTENT = frozenset(("article", "main", "section"))  # a header in these belongs to the text
_MARKUP_SPACE = re.compile(r"[ \t\n\f\r]+")


def parse_html(source: str, url: str, data: bytes) -> Document:
    """Read one page.

    Args:
        source: the file it came from, as the table ``documents`` names it.
        url: the page's canonical address; relative images resolve against it, or against a
            ``<base href>`` that does not leave the input.
        data: the file's bytes.

    Returns:
        The document; with a ``reason`` where the bytes are empty, not text, or markup made to
        exhaust the parser. Scripts, styles, menus, forms, code, the site's header and footers
        are left out; ``<br>`` breaks a line, two of them a paragraph.
    """
    if not data:
        return refused(source, "", "empty_file", None)
    hostile = refuse_markup(data)
    if hostile:
        return refused(source, "", "document_too_deep", hostile)
    decoded = decode_page(data)
    if decoded.text is None:
        return refused(source, "", decoded.reason or "encoding", decoded.detail)
    parser = LexborHTMLParser(decoded.text)
    walk = _Walk(_base(parser, url))
    if parser.root is not None:
        walk.over(parser.root)
    return Document(source, "", url, _title(parser), tuple(walk.items))


class _Walk:
    """Collects the items of a page in one pass over its tree, without recursion."""

    def __init__(self, base: str) -> None:
        self.items: list[Item] = []
        self._base = base
        self._line: list[str] = []
        self._content_depth = 0

    def over(self, root: LexborNode) -> None:
        """Visit every node once: children after their parent, then the parent's end."""
        node, depth = root, 0
        while True:
            child = node.child if self._enter(node) else None
            if child is not None:
                node, depth = child, depth + 1
                continue
            while True:
                self._leave(node.tag)
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

    def _enter(self, node: LexborNode) -> bool:
        """Take what the node holds; tell whether its children are to be read."""
        tag = node.tag
        if tag == "-text":
            self._line.append(_MARKUP_SPACE.sub(" ", node.text_content or ""))
        elif tag == "img":
            self._add_image(node)
        elif tag == "br":
            self._line.append("\n")
        elif tag in _SKIPPED or (tag == "header" and self._content_depth == 0):
            return False
        elif tag in _BLOCKS:
            self._end_paragraph()
            self._content_depth += tag in _CONTENT
        return True

    def _leave(self, tag: str | None) -> None:
        if tag in _BLOCKS:
            self._end_paragraph()
            self._content_depth -= tag in _CONTENT

    def _end_paragraph(self) -> None:
        if self._line:
            self.items.extend(Paragraph(text) for text in paragraphs_of("".join(self._line)))
            self._line.clear()

    def _add_image(self, node: LexborNode) -> None:
        self._end_paragraph()
        attributes = node.attributes
        raw = _image_address(attributes)
        if raw:
            self.items.append(image_item(raw, self._base, attributes.get("alt")))


def _image_address(attributes: dict[str, str | None]) -> str | None:
    """Return ``src``, or where that is missing or a placeholder, what a script would load."""
    src = (attributes.get("src") or "").strip()
    if src and not src.startswith("data:"):
        return src
    late = (attributes.get("data-src") or "").strip()
    choices = (attributes.get("srcset") or attributes.get("data-srcset") or "").split()
    return late or (choices[0].rstrip(",") if choices else "") or src or None


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
