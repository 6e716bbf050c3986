"""Captioned images of a folder: their texts, and what an EfficientNet sees in them."""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from realsyn_lib.images.decode import decode_for
from realsyn_lib.images.header import read_header
from udfs.model_pixels import classifier_input
from udfs.models.efficientnet import IMAGE_SIZE

MAX_PIXELS = 64_000_000
MAX_WORDS = 60  # about the 77 tokens that CLIP's text encoders read


@dataclass(frozen=True)
class Captioned:
    """An image file with the text that describes it and the credit of its author."""

    path: Path
    text: str
    credit: str


def read_captioned(table: Path) -> list[Captioned]:
    """Read a table of tab-separated ``image, caption, alt, context, credit``, each image once.

    The text is the first sentences of ``alt``; of a recipe, whose alt is empty or a file's name, the
    dish.
    """
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    found = {row["image"]: row for row in reversed(rows)}
    return [
        Captioned(table.parent / name, _text(row), row["credit"]) for name, row in found.items()
    ]


def _text(row: dict[str, str]) -> str:
    recipe = row["context"].startswith("recipe")
    return row["caption"] if recipe else first_sentences(row["alt"], MAX_WORDS)


def first_sentences(text: str, max_words: int) -> str:
    """Return the whole sentences that fit into ``max_words``, the first one always."""
    sentences = re.split(r"(?<=[.!?])\s+", text.strip())
    lengths = np.cumsum([len(sentence.split()) for sentence in sentences])
    return " ".join(sentences[: max(1, int((lengths <= max_words).sum()))])


def model_input(path: Path) -> np.ndarray:
    """Return (side, side, 3) uint8 as the stages decode it for a classifier."""
    data = path.read_bytes()
    decoded = decode_for(data, read_header(data, MAX_PIXELS), classifier_input(IMAGE_SIZE))
    if decoded.pixels is None:
        raise ValueError(f"{path}: {decoded.reason}, expected a picture")
    return decoded.pixels
