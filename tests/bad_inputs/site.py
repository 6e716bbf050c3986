"""A folder of sound pages with sound pictures, and the bad ones beside them."""

import html
from pathlib import Path

from tests.bad_inputs.pages import ADDRESSES, PAGES
from tests.bad_inputs.pictures import PICTURES, jpeg

PICTURES_PAGE, ADDRESSES_PAGE = "bad/pictures.html", "bad/addresses.html"
_FIRST_SEED = 10_000  # of sound pictures: no bad one is made of the same


def write_good(folder: Path, pages: int, pictures: int = 2) -> None:
    """Write pages of four sentences and a few pictures each; no two are alike."""
    place = folder / "good"
    place.mkdir(parents=True)
    for page in range(pages):
        names = [f"{page}-{number}.jpg" for number in range(pictures)]
        for number, name in enumerate(names):
            (place / name).write_bytes(jpeg(_FIRST_SEED + page * pictures + number))
        shown = "".join(f"<img src={name} alt='boat {name}'>" for name in names)
        text = f"Boat {page} left the harbour at dawn. It came back with {page} nets of herring."
        more = f"The crew of boat {page} slept till noon. Nobody counted the {page} gulls."
        (place / f"{page}.html").write_text(f"<p>{text}</p>{shown}<p>{more}</p>", encoding="utf-8")


def write_bad(folder: Path) -> None:
    """Write the bad pages, a page of all bad pictures, and one of all bad addresses."""
    place = folder / "bad"
    place.mkdir(parents=True)
    for name, (make, _outcome) in PAGES.items():
        (place / name).write_bytes(make())
    for name, (make, _outcome) in PICTURES.items():
        (place / name).write_bytes(make())
    _write_page(folder / PICTURES_PAGE, list(PICTURES))
    _write_page(folder / ADDRESSES_PAGE, list(ADDRESSES))


def _write_page(path: Path, addresses: list[str]) -> None:
    shown = "".join(f'<p><img src="{html.escape(address)}"></p>' for address in addresses)
    path.write_text(f"<p>What the tide brought.</p>{shown}", encoding="utf-8")
