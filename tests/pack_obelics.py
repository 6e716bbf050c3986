"""Packs HTML pages as OBELICS rows with Python's own HTML parser: nothing here is the pipeline's."""

import json
import posixpath
from html.parser import HTMLParser
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

BLOCKS = {
    "p", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "figure", "figcaption", "blockquote",
    "div", "article", "section", "table", "tr", "td", "th", "dt", "dd", "dl", "body", "aside", "main",
}  # fmt: skip
SILENT = {"head", "script", "style", "title"}


class Packer(HTMLParser):
    """Collects the paragraphs and images of one page in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page, self.items, self._words, self._silent = page, [], [], 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in SILENT
        if tag in BLOCKS or tag == "img":
            self.flush()
        if tag == "img":
            found = dict(attrs)
            url = posixpath.normpath(posixpath.join(posixpath.dirname(self.page), found["src"]))
            self.items.append({"url": url, "src": found["src"], "alt_text": found.get("alt") or ""})

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in SILENT
        if tag in BLOCKS:
            self.flush()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._words.append(data)

    def flush(self) -> None:
        text = " ".join("".join(self._words).split())
        self._words = []
        if text:
            self.items.append(text)


def pack_page(root: Path, page: Path) -> dict[str, object]:
    """Return one row: paragraphs between two images are one text, parted by blank lines."""
    name = page.relative_to(root).as_posix()
    packer = Packer(name)
    packer.feed(page.read_text(encoding="utf-8"))
    packer.flush()
    images, texts, metadata = [], [], []
    for item in packer.items:
        if isinstance(item, dict):
            images.append(item["url"])
            texts.append(None)
            metadata.append(item)
        elif texts and texts[-1] is not None:
            texts[-1] += "\n\n" + item
        else:
            images.append(None)
            texts.append(item)
            metadata.append(None)
    return {
        "images": images, "texts": texts, "metadata": json.dumps(metadata),
        "general_metadata": json.dumps({"url": name}),
    }  # fmt: skip


def pack(root: Path, target: Path) -> None:
    """Write all pages below ``root`` as one parquet file."""
    rows = [pack_page(root, page) for page in sorted(root.rglob("*.html"))]
    lists = pa.list_(pa.string())
    schema = pa.schema(
        [
            ("images", lists),
            ("metadata", pa.string()),
            ("general_metadata", pa.string()),
            ("texts", lists),
        ]
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), target)
