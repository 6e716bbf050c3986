"""Runs the notebooks on a warehouse and keeps their outputs beside their cells.

`.venv/bin/python notebooks/execute.py` runs all of them on build/demo; `--warehouse DIR` and names of
notebooks say otherwise, `--dry-run` runs and keeps nothing. Extra `report`.
"""

import argparse
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import nbformat
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).resolve().parent
CELL_SECONDS = 300
START_SECONDS = 180  # of a kernel on a busy machine
_FORGET = "%reset -f"


def executed(
    paths: Iterable[Path], warehouse: Path
) -> Iterator[tuple[Path, nbformat.NotebookNode]]:
    """Yield each notebook with its outputs, as if it were run alone.

    All run in one process, which forgets every name between two of them: imports and the JVM start once. A
    cell that fails raises nbclient's CellExecutionError.
    """
    kernel = KernelManager(kernel_name="python3")
    kernel.start_kernel(
        extra_arguments=["--log-level=ERROR"],
        cwd=str(NOTEBOOKS),
        env={**os.environ, "REALSYN_WAREHOUSE": str(warehouse.absolute())},
    )
    try:
        for path in paths:
            notebook = nbformat.read(path, as_version=4)
            _run(kernel, nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(_FORGET)]))
            _run(kernel, notebook)
            yield path, notebook
    finally:
        kernel.shutdown_kernel()


def stored(notebook: nbformat.NotebookNode) -> str:
    """Return the notebook's text as it is kept: what a program complained of, and its version, stay out."""
    notebook.metadata["language_info"] = {"name": "python"}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [one for one in cell.outputs if one.get("name") != "stderr"]
    return nbformat.writes(notebook) + "\n"


def main() -> None:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NOTEBOOK", help="such as 01_dedup; all without"
    )
    parser.add_argument("--warehouse", type=Path, default=NOTEBOOKS.parent / "build/demo")
    parser.add_argument("--dry-run", action="store_true", help="keep no outputs")
    arguments = parser.parse_args()
    names = [Path(name).stem for name in arguments.names]
    paths = [path for path in sorted(NOTEBOOKS.glob("*.ipynb")) if not names or path.stem in names]
    for path, notebook in executed(paths, arguments.warehouse):
        text = stored(notebook)
        if not arguments.dry_run:
            path.write_text(text, encoding="utf-8")
        print(f"{path.name}  {len(text):,} bytes")


def _run(kernel: KernelManager, notebook: nbformat.NotebookNode) -> None:
    client = NotebookClient(
        notebook,
        km=kernel,
        timeout=CELL_SECONDS,
        startup_timeout=START_SECONDS,
        record_timing=False,
    )
    client.execute()


if __name__ == "__main__":
    main()
