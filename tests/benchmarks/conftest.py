"""What starts Spark here is long: benchmarks change rarely, and nothing else reads them."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder that work in Spark."""
    for item in items:
        if item.path.parent == HERE and item.get_closest_marker("spark"):
            item.add_marker(pytest.mark.long)
