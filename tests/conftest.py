"""What the tests share: one Spark session, the local models, the demo's warehouse, the corpus."""

import os
from collections.abc import Callable, Iterator
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession
from rich.console import Console

from jobs.cli import main
from jobs.commands.models import fetch_models, local_models
from jobs.model_digests import open_registry
from jobs.session import open_session
from realsyn_lib.config import load_config
from realsyn_lib.models.cache import cache_root
from realsyn_lib.tables import Table
from tests.browser import HOW_TO_GET_IT, browser, chromium_path, visit
from tests.equal_tables import published
from udfs.models.context import ModelContext

__all__ = ["browser", "visit"]  # fixtures that live in files of their own
CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs a GPU or the corpus where there is none.

    What the corpus is for has a test on samples too, what runs on a GPU one on the CPU. Tests of pages
    without a browser are skipped, and the summary says how to get one.
    """
    if chromium_path() is None:
        for item in items:
            if item.get_closest_marker("browser") or _opens_pages(item):
                item.add_marker(pytest.mark.skip(reason=HOW_TO_GET_IT))
    missing = {"corpus"} if not CORPUS.is_dir() else set()
    if any(item.get_closest_marker("gpu") for item in items):
        import torch

        missing |= {"gpu"} if not torch.cuda.is_available() else set()
    left_out = [item for item in items if any(map(item.get_closest_marker, missing))]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def _opens_pages(item: pytest.Item) -> bool:
    """Say whether a test asks for a browser, through whatever fixture."""
    return "browser" in getattr(item, "fixturenames", ())


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    """The only Spark session of all tests; runs made in this process join it."""
    # Both compiler tiers: they are worth their work after some forty tests of whole stages. Of the newest
    # plans a thousand would be kept, for a web page that is off.
    settings = ["spark.driver_memory=3g", "spark.conf.spark.sql.ui.retainedExecutions=20"]
    session = open_session(load_config("local", settings), "tests")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def models() -> ModelContext:
    """A context whose cache holds every model of the local profile, fetched where missing."""
    registry, root = open_registry(), cache_root(os.environ)
    fetch_models(registry, local_models(registry), root, Console(file=StringIO()))
    return ModelContext(registry, root)


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real pages; only tests marked ``corpus`` may ask for it."""
    return CORPUS


@pytest.fixture(scope="session")
def demo_warehouse(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The demo's finished warehouse, made once; to be read, not written.

    REALSYN_TEST_WAREHOUSE names one made earlier, for quick trials of single tests.
    """
    made = os.environ.get("REALSYN_TEST_WAREHOUSE")
    if made:
        return Path(made).absolute()
    request.getfixturevalue("spark")
    request.getfixturevalue("models")
    folder = tmp_path_factory.mktemp("demo") / "warehouse"
    with pytest.raises(SystemExit) as ended:
        main(["demo", "--warehouse", str(folder)])
    assert ended.value.code == 0
    return folder


@pytest.fixture(scope="session")
def demo(demo_warehouse: Path) -> Callable[[Table], list[dict[str, Any]]]:
    """Reads the rows of a table that the demo published, without Spark."""
    tables = published(demo_warehouse)

    @cache
    def rows(table: Table) -> list[dict[str, Any]]:
        return tables.read(table).to_pylist()

    return rows
