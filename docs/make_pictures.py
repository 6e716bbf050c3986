"""Draw README's pictures from a report: python -m docs.make_pictures [--report FILE] [--to FOLDER].

Needs a finished demo (`make demo`) and Chromium (`apt-get install chromium`).
"""

import argparse
import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser

from tests.browser import running_chromium

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs/pictures"
_QUALITY = 82  # of WebP: sharp letters, a tenth of the PNG


@dataclass(frozen=True)
class View:
    """What a picture shows: a window's width and height in CSS px, and the place at its top."""

    name: str
    width: int
    height: int
    anchor: str
    scheme: str = "light"


VIEWS = (
    View("report-funnel", 1100, 1000, "#funnel"),
    View("report-beside", 1100, 480, "#beside-paper"),
    View("report-gallery", 1100, 820, "#gallery", "dark"),
    View("report-duplicates", 1100, 640, "#duplicates"),
    View("report-phone", 390, 844, "#gallery"),
)


def draw(report: Path, folder: Path) -> None:
    """Write one WebP file for each view of a report."""
    folder.mkdir(parents=True, exist_ok=True)
    with running_chromium() as browser:
        for view in VIEWS:
            with Image.open(io.BytesIO(_shot(browser, report, view))) as image:
                image.convert("RGB").save(folder / f"{view.name}.webp", quality=_QUALITY, method=6)


def _shot(browser: Browser, report: Path, view: View) -> bytes:
    window = {"width": view.width, "height": view.height}
    with browser.new_context(viewport=window, color_scheme=view.scheme) as context:
        page = context.new_page()
        page.goto(f"{report.resolve().as_uri()}{view.anchor}")
        return page.screenshot()


def main() -> None:
    """Draw the pictures of the demo's report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", type=Path, default=ROOT / "build/demo/_files/report.html")
    parser.add_argument("--to", type=Path, default=FOLDER)
    arguments = parser.parse_args()
    if not arguments.report.is_file():
        raise SystemExit(f"{arguments.report} is not there; run `make demo`, or name a --report")
    draw(arguments.report, arguments.to)


if __name__ == "__main__":
    main()
