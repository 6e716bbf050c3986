"""The figures are what docs/make_figures.py draws, and fit their frames."""

import re
import runpy
import xml.etree.ElementTree as ElementTree
from itertools import combinations

import pytest
import yaml

from realsyn_lib.stages import STAGES, STAGES_BY_NAME
from tests.docs.pages import ROOT, text_of

SVG = "{http://www.w3.org/2000/svg}"
MADE = runpy.run_path(str(ROOT / "docs/make_figures.py"))
DRAWN = MADE["figures"]()
NAMES = ["overview.svg", *(f"{stage.name}.svg" for stage in STAGES)]


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_is_what_the_script_draws(name):
    assert text_of(ROOT / "docs/figures" / name) == DRAWN[name], "run docs/make_figures.py"


@pytest.mark.parametrize("name", NAMES)
def test_everything_lies_inside_the_frame_and_steps_do_not_overlap(name):
    root = ElementTree.fromstring(DRAWN[name])
    width, height = (float(root.get(side)) for side in ("width", "height"))
    boxes = [box for box in root.iter(f"{SVG}rect") if box.get("class") != "ground"]
    for box in boxes:
        left, top, right, bottom = sides(box)
        assert left >= 0 and top >= 0 and right <= width and bottom <= height, box.attrib
    steps = [sides(box) for box in boxes if box.get("class") == "step"]
    for (left, top, right, bottom), other in combinations(steps, 2):
        assert right < other[0] or other[2] < left or bottom < other[1] or other[3] < top


def sides(box):
    """Left, top, right and bottom of a rectangle."""
    left, top, wide, high = (float(box.get(key)) for key in ("x", "y", "width", "height"))
    return left, top, left + wide, top + high


def test_the_overview_has_every_stage_once_and_only_flows_that_the_code_has():
    entry = yaml.safe_load(text_of(ROOT / "docs/figures/overview.yaml"))
    assert sorted(entry["places"]) == sorted(stage.name for stage in STAGES)
    assert len({tuple(cell) for cell in entry["places"].values()}) == len(STAGES)
    for source, target in entry["flows"]:
        assert set(STAGES_BY_NAME[source].writes) & set(STAGES_BY_NAME[target].reads), (
            source,
            target,
        )


def test_a_figure_needs_no_network_and_has_a_title_for_screen_readers():
    for drawing in DRAWN.values():
        addresses = re.findall(r"https?://[^\"' ]+", drawing)
        assert set(addresses) == {"http://www.w3.org/2000/svg"}
        assert "<title>" in drawing


def test_words_that_leave_stand_beside_the_step_that_takes_them_out():
    root = ElementTree.fromstring(DRAWN["filter_sentences.svg"])
    texts = {text.text: float(text.get("y")) for text in root.iter(f"{SVG}text")}
    assert texts["Entropy"] < texts["low_entropy"] + 40 < texts["Perplexity"] + 40
    assert texts["low_entropy"] < texts["low_perplexity"]
