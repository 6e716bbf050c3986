"""The tiny site, run once; every test works on its own copy."""

from pathlib import Path

import pytest

from tests.tiny_site import Tiny, make_site


@pytest.fixture(scope="session")
def finished_tiny(spark, models, tmp_path_factory) -> Tiny:
    """The tiny site, run up to filter_images; not to be changed."""
    folder = tmp_path_factory.mktemp("tiny")
    tiny = Tiny(make_site(folder / "site"), folder / "warehouse")
    assert tiny.run() == 0
    return tiny


@pytest.fixture
def tiny(finished_tiny: Tiny, tmp_path: Path) -> Tiny:
    """A copy of the finished tiny site and its warehouse."""
    return finished_tiny.copy_to(tmp_path)


@pytest.fixture
def fresh(spark, models, tmp_path: Path) -> Tiny:
    """The tiny site, not yet run."""
    return Tiny(make_site(tmp_path / "site"), tmp_path / "warehouse")
