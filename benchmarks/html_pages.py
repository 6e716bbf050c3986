"""Main text of HTML pages with pictures in order: ours against trafilatura and readability-lxml.

The articles of --input are framed as pages of a web site (``made_sites.py``; ``--plain`` leaves them
as they are), so that the truth is known: an article's words, its pictures, and the text beside each.

Quality is the share of pictures whose neighbouring sentence is right: the picture is in the
answer, whichever of its sizes, and the text right after it begins with the sentence that follows the
picture in the article (for a figure its caption; for a last picture the text before it). Beside it:
words of the answer that are the article's (precision) and of the article that are in the answer
(recall), as multisets, means over pages.
"""

import argparse
import json
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
from made_sites import Article, made_page, plain_page, stem
from selectolax.lexbor import LexborHTMLParser
from side_by_side import (
    common_flags,
    in_turn,
    peer_answer,
    peer_python,
    start_up_ends,
    summary,
    tell,
)

from realsyn_lib.documents import Paragraph
from realsyn_lib.sources.html import parse_html

PEERS = {
    "trafilatura": ("trafilatura==2.3.1",),
    "readability": ("readability-lxml==0.9", "lxml_html_clean==0.4.6"),
}
Item = tuple[str, str]  # ("text" or "image", a paragraph or an address)
_SENTENCE_WORDS = 8  # of a neighbour that are compared


class _Clean(HTMLParser):
    """Items of a clean article by Python's own parser: no part of what is measured reads the truth."""

    def __init__(self) -> None:
        super().__init__()
        self.items: list[Item] = []
        self.title = ""
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("p", "li", "h1", "h2", "h3", "h4", "figcaption", "img", "article", "td"):
            self.end_text()
        if tag == "img":
            self.items.append(("image", dict(attrs)["src"] or ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self.title, self._text = "".join(self._text), []
        elif tag in ("p", "li", "h1", "h2", "h3", "h4", "figcaption", "article", "td"):
            self.end_text()

    def handle_data(self, data: str) -> None:
        self._text.append(data)

    def end_text(self) -> None:
        text = " ".join("".join(self._text).split())
        self._text = []
        if text:
            self.items.append(("text", text))


def main() -> None:
    """Make the pages, let each side read them in turn, print the table and the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--input", required=True, type=Path, help="folder of clean articles")
    parser.add_argument("--plain", action="store_true", help="the articles without a frame")
    common_flags(parser)
    arguments = parser.parse_args()
    articles, truths = read_articles(arguments.input)
    make = plain_page if arguments.plain else partial(made_page, others=articles)
    pages = [make(article) for article in articles]
    with tempfile.TemporaryDirectory(dir=arguments.work) as work:
        file = Path(work) / "pages.json"
        file.write_text(json.dumps(pages), encoding="utf-8")
        sides: dict[str, Callable[..., tuple[float, Any]]] = {"ours": ours}
        for name in [p for p in PEERS if arguments.peer in (None, p)]:
            folder = (arguments.work or Path(work)) / f"peer-{name}"
            python = peer_python(folder, *PEERS[name], pip="pip==26.0")
            sides[name] = partial(peer, python, name)
        runs = in_turn(sides, arguments.runs, str(file))
    found = {}
    for name, side_runs in runs.items():
        judged = judge([_READERS[name](answer) for answer in side_runs[0].answer], truths)
        print(f"{name:<14}" + "".join(f"{what}: {share:.3f}  " for what, share in judged.items()))
        found[name] = summary(name, side_runs, len(pages), judged["neighbour right"])
    by_cpu = {name: len(pages) / side.cpu_s for name, side in found.items()}
    print("pages a core-second: " + ", ".join(f"{n} {rate:,.0f}" for n, rate in by_cpu.items()))
    mine = found.pop("ours")
    tell("html_pages", len(pages), mine, list(found.values()), ["selectolax", "numpy"])


def read_articles(folder: Path) -> tuple[list[Article], list[list[Item]]]:
    """Return the articles below a folder, by name, and the items of each."""
    articles, truths = [], []
    for file in sorted(folder.rglob("*.html")):
        text = file.read_text(encoding="utf-8")
        clean = _Clean()
        clean.feed(text)
        clean.end_text()
        prose = tuple(t for kind, t in clean.items if kind == "text" and len(t) > 60)[:4]
        if len(prose) == 4 and "<article>" in text:
            body = text.partition("<article>")[2].rpartition("</article>")[0]
            articles.append(Article(file.stem, clean.title, body, prose))
            truths.append(clean.items)
    return articles, truths


def ours(file: str) -> tuple[float, list[list[Item]]]:
    """Read every page, as extract_documents does."""
    started = time.perf_counter()
    pages = [page.encode() for page in json.loads(Path(file).read_text(encoding="utf-8"))]
    parse_html("warm.html", "https://site.example/", pages[0])
    start_up_s = time.perf_counter() - started
    start_up_ends()
    documents = [parse_html("p.html", "https://site.example/p.html", page) for page in pages]
    return start_up_s, [
        [
            ("text", item.text) if isinstance(item, Paragraph) else ("image", item.raw_url)
            for item in document.items
            if isinstance(item, Paragraph) or item.refusal is None
        ]
        for document in documents
    ]


def peer(python: Path, library: str, file: str) -> tuple[float, list[str]]:
    """Let a library read every page; its answers are taken apart later, outside the measurement."""
    script = Path(__file__).parent / "peers" / "html_extractors.py"
    with tempfile.TemporaryDirectory(dir=Path(file).parent) as folder:
        start_up_s, answer = peer_answer(python, script, library, file, folder)
        return start_up_s, json.loads(Path(answer).read_text(encoding="utf-8"))


def _of_xml(answer: str) -> list[Item]:
    """Take trafilatura's XML apart: paragraphs, headings and list items, and graphics between."""
    items: list[Item] = []
    if not answer:
        return items

    def take(node: ElementTree.Element, inside: str) -> str:
        if node.tag == "graphic":
            _put(items, inside)
            items.append(("image", node.get("src") or ""))
            return node.tail or ""
        is_block = node.tag in ("p", "head", "item", "cell", "quote", "list", "table", "main")
        if is_block:
            _put(items, inside)
            inside = ""
        inside += node.text or ""
        for child in node:
            inside = take(child, inside)
        if is_block:
            _put(items, inside)
            inside = ""
        return inside + (node.tail or "")

    main_text = ElementTree.fromstring(answer).find("main")
    if main_text is not None:
        take(main_text, "")
    return items


def _of_html(answer: str) -> list[Item]:
    """Take readability's HTML apart."""
    items: list[Item] = []
    line: list[str] = []
    root = LexborHTMLParser(answer).body
    for node in root.traverse(include_text=True) if root is not None else ():
        if node.tag == "-text":
            line.append(node.text_content or "")
        elif node.tag == "img":
            _put(items, "".join(line))
            line.clear()
            attributes = node.attributes
            items.append(("image", attributes.get("src") or ""))
        elif node.tag in ("p", "li", "h1", "h2", "h3", "h4", "figcaption", "div", "td", "figure"):
            _put(items, "".join(line))
            line.clear()
    _put(items, "".join(line))
    return items


def _put(items: list[Item], text: str) -> None:
    if text.strip():
        items.append(("text", " ".join(text.split())))


_READERS: dict[str, Callable[[Any], list[Item]]] = {
    "ours": list, "trafilatura": _of_xml, "readability": _of_html,
}  # fmt: skip


def judge(answers: Sequence[list[Item]], truths: Sequence[list[Item]]) -> dict[str, float]:
    """Return the shares of pictures found, of right neighbours, of largest versions; of words."""
    precision, recall = [], []
    pictures: Counter[str] = Counter()
    for answer, truth in zip(answers, truths, strict=True):
        got, wanted = _words(answer), _words(truth)
        both = (got & wanted).total()
        precision.append(both / max(got.total(), 1))
        recall.append(both / wanted.total())
        beside = Counter(_neighbours(answer))  # a page may show one picture twice
        pictures["right"] += (beside & Counter(_neighbours(truth))).total()
        addresses = {stem(address): address for kind, address in answer if kind == "image"}
        for picture, _ in _neighbours(truth):
            pictures["all"] += 1
            pictures["found"] += picture in addresses
            pictures["largest"] += addresses.get(picture, "").endswith("-1280.jpg")
        true_stems = {stem(address) for kind, address in truth if kind == "image"}
        pictures["strange"] += len(addresses.keys() - true_stems)
    return {
        "neighbour right": pictures["right"] / pictures["all"],
        "found": pictures["found"] / pictures["all"],
        "largest": pictures["largest"] / pictures["all"],
        "others per page": pictures["strange"] / len(truths),
        "precision": float(np.mean(precision)),
        "recall": float(np.mean(recall)),
    }


def _neighbours(items: Sequence[Item]) -> list[tuple[str, tuple[str, ...]]]:
    """Return for each picture the first words of the text after it, or of that before it."""
    found = []
    for n, (kind, address) in enumerate(items):
        if kind == "image":
            after = [text for kind, text in items[n + 1 :] if kind == "text"][:1]
            before = [text for kind, text in items[:n] if kind == "text"][-1:]
            text = (after or before or [""])[0]
            words = re.findall(r"\w+", text.lower())
            found.append((stem(address), tuple(words[:_SENTENCE_WORDS])))
    return found


def _words(items: Sequence[Item]) -> Counter[str]:
    return Counter(
        word for kind, text in items if kind == "text" for word in re.findall(r"\w+", text.lower())
    )


if __name__ == "__main__":
    main()
