"""Pictures that the models are tried on."""

import numpy as np
import pytest
from PIL import Image

from tests.slices import SAMPLES


@pytest.fixture(scope="session")
def photographs() -> np.ndarray:
    """A dahlia that looks like a daisy, and a Chinese palace, (2, 224, 224, 3) uint8."""
    folder = SAMPLES / "outdoors" / "images"
    loaded = [Image.open(folder / name) for name in ("dahlia.jpg", "pagoda.jpg")]
    return np.stack([np.asarray(picture.convert("RGB").resize((224, 224))) for picture in loaded])


@pytest.fixture(scope="session")
def noise() -> np.ndarray:
    """Eleven images of seeded noise, (11, 224, 224, 3) uint8."""
    return np.random.default_rng(0).integers(0, 256, (11, 224, 224, 3), dtype=np.uint8)
