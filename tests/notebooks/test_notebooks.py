"""Every notebook runs on the demo's warehouse, and is kept with outputs that were made so."""

import re
from pathlib import Path

import nbformat
import pytest

from notebooks.execute import NOTEBOOKS, executed, stored
from tests.docs.pages import text_of

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
WITH_SPARK = {"00_quickstart", "06_sql_tour"}
MAX_BYTES = 300_000
# What a run on the samples shows, whatever the machine's rounding: planted things and names of tables.
SHOWN = {
    "00_quickstart": ("retrieve_texts", "data:image/jpeg;base64,", "<svg", "high_perplexity"),
    "01_dedup": ("taj-copy.jpg", "macaw-mirrored.jpg", "perceptual", "image/png"),
    "02_retrieval": ("penguin", "first_text_from_own_page", "image/png"),
    "03_sentences": ("dropped", "kept", "occurrence_count", "image/png"),
    "04_balance": ("mismatched", "ocr_like", "tier small", "image/png"),
    "05_assessment": ("distinct_words", "tokens_syn_text_summary", "image/png"),
    "06_sql_tour": ("document_too_deep", "animals/images/koala.jpg", "in tier", "page_of_text1"),
}


def outputs_of(notebook) -> str:
    """All that a notebook shows, as one text."""
    shown = [one for cell in notebook.cells if cell.cell_type == "code" for one in cell.outputs]
    return "\n".join(str(one.get("data", one.get("text", ""))) for one in shown)


@pytest.fixture(scope="module")
def run(demo_warehouse) -> dict[str, nbformat.NotebookNode]:
    """All notebooks as they come out of one kernel."""
    return {path.stem: notebook for path, notebook in executed(PATHS, demo_warehouse)}


@pytest.mark.long
@pytest.mark.spark
@pytest.mark.demo
@pytest.mark.parametrize("name", SHOWN)
def test_a_notebook_shows_what_it_is_about(name, run):
    shown = outputs_of(run[name])
    for word in SHOWN[name]:
        assert word in shown, word


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_with_its_outputs_small_and_without_places_of_a_machine(path):
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert stored(notebook) == text_of(path), "run notebooks/execute.py"
    assert path.stat().st_size < MAX_BYTES
    for word in SHOWN[path.stem]:
        assert word in outputs_of(notebook), word
    assert not re.search(r"/(?:home|root|work|tmp|Users)/", outputs_of(notebook))
    assert not [one for cell in code for one in cell.outputs if one.output_type == "error"]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_notebook_has_words_before_each_look(path):
    cells = nbformat.read(path, as_version=4).cells
    assert cells[0].cell_type == "markdown" and cells[0].source.startswith("# ")
    words = sum(cell.cell_type == "markdown" for cell in cells)
    assert words >= 0.6 * sum(cell.cell_type == "code" for cell in cells)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_only_two_notebooks_start_spark(path):
    starts = "open_warehouse" in text_of(path)
    assert starts == (path.stem in WITH_SPARK)


def test_names_of_one_notebook_are_forgotten_in_the_next(tmp_path):
    left, right = tmp_path / "a.ipynb", tmp_path / "b.ipynb"
    for path, source in ((left, "found = 7\nfound"), (right, "'found' in globals()")):
        cell = nbformat.v4.new_code_cell(source)
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    shown = [outputs_of(notebook) for _path, notebook in executed([left, right], Path("none"))]
    assert ["7" in shown[0], "False" in shown[1]] == [True, True]
