"""The real local models, fetched once into the cache folder where they are missing."""

import os
from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from jobs.commands.models import fetch_models, local_models
from realsyn_lib.models.cache import cache_root
from realsyn_lib.models.registry import load_registry
from realsyn_lib.resources import resource_path
from udfs.models.context import ModelContext


@pytest.fixture(scope="session")
def models() -> ModelContext:
    """A context whose cache holds every model of the local profile."""
    registry = load_registry(resource_path("conf", "models.yaml"))
    root = cache_root(os.environ)
    fetch_models(registry, local_models(registry), root, Console(file=StringIO()))
    return ModelContext(registry, root)


@pytest.fixture(scope="session")
def photographs() -> np.ndarray:
    """flower.jpg (a daisy-like dahlia) and china.jpg (a palace), (2, 224, 224, 3) uint8."""
    datasets = pytest.importorskip("sklearn.datasets")
    image = pytest.importorskip("PIL.Image")
    loaded = [datasets.load_sample_image(name) for name in ("flower.jpg", "china.jpg")]
    return np.stack([np.asarray(image.fromarray(each).resize((224, 224))) for each in loaded])


@pytest.fixture(scope="session")
def noise() -> np.ndarray:
    """Eleven images of seeded noise, (11, 224, 224, 3) uint8."""
    return np.random.default_rng(0).integers(0, 256, (11, 224, 224, 3), dtype=np.uint8)
