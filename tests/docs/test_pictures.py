"""Pictures of the docs: small, all there, and made by their command."""

from pathlib import Path

import pytest
from PIL import Image

from docs.make_pictures import FOLDER, VIEWS, draw
from realsyn_lib.report.render import render
from tests.report_content import content


def sizes(folder: Path) -> dict[str, tuple[int, int]]:
    found = {}
    for file in folder.iterdir():
        with Image.open(file) as image:
            found[file.name] = image.size
    return found


def test_every_picture_is_there_and_all_are_small():
    assert sizes(FOLDER) == {f"{view.name}.webp": (view.width, view.height) for view in VIEWS}
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) < 1_000_000


@pytest.mark.browser
def test_the_command_makes_them_from_a_report(tmp_path):
    report = tmp_path / "report.html"
    report.write_text(render(content()), encoding="utf-8")
    draw(report, tmp_path / "pictures")
    assert sizes(tmp_path / "pictures") == sizes(FOLDER)
    with Image.open(tmp_path / "pictures/report-gallery.webp") as dark:
        assert max(dark.getpixel((2, 400))) < 60
