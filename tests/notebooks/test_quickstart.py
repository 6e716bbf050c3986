"""The quickstart notebook runs from its first cell to its last on the demo's warehouse."""

from pathlib import Path

import nbformat
import pytest
from nbconvert.preprocessors import ExecutePreprocessor

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "00_quickstart.ipynb"


def test_the_notebook_is_stored_without_outputs():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [(cell.outputs, cell.execution_count) for cell in code] == [([], None)] * len(code)


@pytest.mark.long
@pytest.mark.spark
@pytest.mark.demo
def test_the_notebook_shows_a_funnel_a_picture_and_a_histogram(demo_warehouse, monkeypatch):
    monkeypatch.setenv("REALSYN_WAREHOUSE", str(demo_warehouse))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    executor = ExecutePreprocessor(timeout=300, kernel_name="python3")
    executor.preprocess(notebook, {"metadata": {"path": str(NOTEBOOK.parent)}})
    shown = [_shown(cell) for cell in notebook.cells if cell.cell_type == "code"]
    assert "retrieve_texts" in shown[1]
    assert "data:image/jpeg;base64," in shown[2]
    assert "<svg" in shown[4]
    assert "high_perplexity" in shown[5]


def _shown(cell):
    data = [output.data for output in cell.outputs if output.output_type == "execute_result"]
    return "".join(entry.get("text/html", "") for entry in data)
