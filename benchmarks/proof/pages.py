"""The pool: HTML pages with pictures, whose texts are right, wrong, empty, repeated, as on the web."""

import html
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.proof.picture import draw
from benchmarks.proof.scenes import SEEN, Scene, Thing, draw_scenes, frequencies
from benchmarks.proof.sentences import BOILERPLATE, alt_text, empty_alt, plain, telling

TRUTH = "truth.json"
_IMAGES_ON_PAGE = 4
_SENTENCES_ON_TEXT_PAGE = 10
_COPY_SIDE = 208  # px of a copy that another page shows


@dataclass(frozen=True)
class Shares:
    """What the pool is made of; chosen before any training, told in docs/proof.md.

    The paragraph beside a picture describes it (``beside_true``), describes another picture
    (``beside_other``), or shows nothing. An alt text names a thing of its picture (``alt_true``),
    one of another picture (``alt_wrong``), or says nothing. ``copied``: pictures that a second page
    shows, coded anew. ``repeated``: sentences that a second page has word for word.
    ``text_pages``: sentences on pages without pictures, for each picture of the pool.
    """

    beside_true: float = 0.4
    beside_other: float = 0.25
    alt_true: float = 0.3
    alt_wrong: float = 0.2
    copied: float = 0.1
    repeated: float = 0.05
    text_pages: float = 1.5


def write_pool(folder: Path, images: int, seed: int, shares: Shares) -> None:
    """Write ``images`` different pictures on pages, and ``truth.json``: file name -> its scene."""
    chance = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    scenes = draw_scenes(images, SEEN, chance, frequencies(SEEN, chance))
    writer = _Writer(folder, scenes, shares, chance)
    for start in range(0, images, _IMAGES_ON_PAGE):
        writer.picture_page(range(start, min(start + _IMAGES_ON_PAGE, images)))
    writer.text_pages(int(shares.text_pages * images))
    writer.pages_of_copies(int(shares.copied * images))
    truth = {f"{number:05d}.jpg": asdict(scene) for number, scene in enumerate(scenes)}
    (folder / TRUTH).write_text(json.dumps(truth), encoding="utf-8")


def read_truth(folder: Path) -> dict[str, Scene]:
    """Return the scene of each picture's file."""
    truth = json.loads((folder / TRUTH).read_text(encoding="utf-8"))
    return {
        name: Scene(
            tuple(Thing(**thing) for thing in scene["things"]),
            scene["relation"],
            scene["ground"],
            scene["seed"],
        )
        for name, scene in truth.items()
    }


class _Writer:
    """Writes pages one after the other; remembers what was said, to repeat some of it."""

    def __init__(
        self, folder: Path, scenes: list[Scene], shares: Shares, chance: np.random.Generator
    ) -> None:
        self._folder, self._scenes, self._shares, self._chance = folder, scenes, shares, chance
        self._said: list[str] = []
        self._pages = 0

    def picture_page(self, numbers: range) -> None:
        """Write a page with pictures, a paragraph after each, and words around them."""
        parts = []
        for number in numbers:
            name = f"{number:05d}.jpg"
            draw(self._scenes[number]).save(self._folder / name, quality=90)
            parts += [_picture(name, self._alt(number)), _paragraph(self._beside(number))]
        parts.append(_paragraph(" ".join((self._telling(self._other()), plain(self._chance)))))
        self._page(parts)

    def text_pages(self, sentences: int) -> None:
        """Write pages without pictures, on scenes of the pool."""
        for _ in range(0, sentences, _SENTENCES_ON_TEXT_PAGE):
            told = [self._telling(self._other()) for _ in range(_SENTENCES_ON_TEXT_PAGE - 1)]
            half = len(told) // 2
            told.insert(half, plain(self._chance))
            self._page([_paragraph(" ".join(told[:half])), _paragraph(" ".join(told[half:]))])

    def pages_of_copies(self, count: int) -> None:
        """Write pages that show pictures of other pages again, larger and coded anew."""
        picked = self._chance.choice(len(self._scenes), size=count, replace=False).tolist()
        for number in picked:
            name = f"copy-{number:05d}.jpg"
            again = draw(self._scenes[number]).resize((_COPY_SIDE, _COPY_SIDE))
            again.save(self._folder / name, quality=70)
            self._page([_picture(name, empty_alt(self._chance)), _paragraph(plain(self._chance))])

    def _alt(self, number: int) -> str:
        at, shares = self._chance.random(), self._shares
        if at < shares.alt_true:
            return alt_text(self._scenes[number], self._chance)
        if at < shares.alt_true + shares.alt_wrong:
            return alt_text(self._other(), self._chance)
        return empty_alt(self._chance)

    def _beside(self, number: int) -> str:
        at, shares = self._chance.random(), self._shares
        if at < shares.beside_true:
            return self._telling(self._scenes[number])
        if at < shares.beside_true + shares.beside_other:
            return self._telling(self._other())
        return plain(self._chance)

    def _other(self) -> Scene:
        return self._scenes[int(self._chance.integers(len(self._scenes)))]

    def _telling(self, scene: Scene) -> str:
        if self._said and self._chance.random() < self._shares.repeated:
            return self._said[int(self._chance.integers(len(self._said)))]
        self._said.append(telling(scene, self._chance))
        return self._said[-1]

    def _page(self, parts: list[str]) -> None:
        around = self._chance.choice(BOILERPLATE, size=3, replace=False).tolist()
        body = "\n".join([*parts, *map(_paragraph, around[:2])])
        whole = (
            f"<html><head><title>Page {self._pages}</title></head><body>"
            f"<nav><a href='index.html'>Home</a></nav><main>{body}</main>"
            f"<footer>{html.escape(around[2])}</footer></body></html>"
        )
        (self._folder / f"page-{self._pages:05d}.html").write_text(whole, encoding="utf-8")
        self._pages += 1


def _picture(name: str, alt: str) -> str:
    return f'<img src="{name}" alt="{html.escape(alt)}">'


def _paragraph(text: str) -> str:
    return f"<p>{html.escape(text)}</p>"
