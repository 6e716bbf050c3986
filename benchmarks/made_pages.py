"""Pages for benchmarks: real pages' sentences recombined, their pictures cut anew; always the same."""

import html
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

from jobs.inputs import list_inputs
from jobs.model_digests import model_folder_of
from jobs.stage import InputSpec
from realsyn_lib.documents import DocumentLimits, document_rows
from realsyn_lib.sentences.split import load_splitter
from realsyn_lib.sources.formats import source_format

_IMAGES_PER_PAGE = 5
_SENTENCES_PER_PARAGRAPH = 10
_PICTURES = (".jpg", ".jpeg", ".png", ".webp")
_LIMITS = DocumentLimits(max_document_bytes=2**24, max_items=100_000, max_sentence_chars=4000)


def make_pages(source: Path, target: Path, sentences: int, images: int, seed: int = 1) -> None:
    """Write HTML pages that hold about so many distinct sentences and pictures.

    A sentence is the first half of one real sentence and the second half of another, so that its
    words and length are real and it is no near copy; a picture is a part of a real one, mirrored
    by turns, so that its hash is another.
    """
    chance = np.random.default_rng(seed)
    pages = max(1, images // _IMAGES_PER_PAGE)
    (target / "pictures").mkdir(parents=True)
    names = _write_pictures(source, target / "pictures", images, chance)
    texts = _recombined(sorted(_real_sentences(source)), sentences, chance)
    for page in range(pages):
        own = texts[page::pages]
        body = "".join(
            f"<p>{html.escape(' '.join(own[start : start + _SENTENCES_PER_PARAGRAPH]))}</p>"
            for start in range(0, len(own), _SENTENCES_PER_PARAGRAPH)
        )
        shown = "".join(f'<img src="pictures/{name}" alt="">' for name in names[page::pages])
        whole = f"<html><head><title>Page {page}</title></head><body>{shown}{body}</body></html>"
        (target / f"page-{page:05d}.html").write_text(whole, encoding="utf-8")


def _real_sentences(source: Path) -> Iterator[str]:
    """Sentences as extraction finds them, long enough to be halved."""
    splitter, parse = load_splitter(model_folder_of("punkt")), source_format("html").parse
    listing = list_inputs(InputSpec(paths=(str(source),), format="html"))
    found: set[str] = set()
    for file in listing.documents:
        if file.problem is None and file.size_bytes <= _LIMITS.max_document_bytes:
            record = {"source": file.source, "locator": "", "bytes": Path(file.path).read_bytes()}
            rows = document_rows(iter([parse(record)]), splitter, _LIMITS).to_pylist()
            items = [item for row in rows for item in row["items"] or []]
            found.update(text for item in items for text in item["sentences"] or [])
    return (text for text in found if 8 <= len(text.split()) <= 40)


def _recombined(real: list[str], wanted: int, chance: np.random.Generator) -> list[str]:
    pairs = chance.integers(len(real), size=(wanted, 2)).tolist()
    made = []
    for left, right in pairs:
        first, second = real[left].split(), real[right].split()
        made.append(" ".join(first[: len(first) // 2] + second[len(second) // 2 :]))
    return made


def _write_pictures(
    source: Path, target: Path, wanted: int, chance: np.random.Generator
) -> list[str]:
    files = sorted(path for path in source.rglob("*") if path.suffix.lower() in _PICTURES)
    names = []
    for number, picture in enumerate(islice(_parts(files, chance), wanted)):
        names.append(f"{number:05d}.jpg")
        picture.save(target / names[-1], quality=90)
    return names


def _parts(files: list[Path], chance: np.random.Generator) -> Iterator[Image.Image]:
    """Parts of 50 to 80 % of a picture's sides, round and round; unreadable ones are passed over."""
    while True:
        for path in files:
            try:
                with Image.open(path) as opened:
                    picture = opened.convert("RGB")
            except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
                continue
            share, x, y = 0.5 + 0.3 * chance.random(), chance.random(), chance.random()
            width, height = int(picture.width * share), int(picture.height * share)
            left, top = int((picture.width - width) * x), int((picture.height - height) * y)
            part = picture.crop((left, top, left + width, top + height))
            flipped = chance.random() < 0.5
            yield part.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if flipped else part
