"""Pictures that the models are tried on."""

import numpy as np
import pytest


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
