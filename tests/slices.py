"""Named slices of the bundled documents: small inputs that whole runs in tests share."""

import shutil
from pathlib import Path

SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "pages"

TINY = (
    "animals/bison.html",
    "animals/heron.html",
    "animals/penguin.html",
    "planted/size-chart.html",
    "planted/damaged.html",
    "planted/addresses.html",
    "planted/formats.html",
)
"""Seven pages in which most reasons of images occur; whole runs over it are quick."""
EMPTY_OF_TINY = {"image_duplicates", "sentence_duplicates", "topics", "topic_points"}
"""Tables without rows after such a run: no page has duplicates, and all have too few texts for topics."""


def copy_slice(names: tuple[str, ...], target: Path) -> Path:
    """Copy pages and the pictures of their folders below ``target``; return ``target``."""
    for name in names:
        page = SAMPLES / name
        copy = target / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(page, copy)
        images = page.parent / "images"
        if images.is_dir() and not (copy.parent / "images").exists():
            shutil.copytree(images, copy.parent / "images")
    return target
