import numpy as np
import pytest

from realsyn_lib.errors import ModelError
from realsyn_lib.models.folder import bundled_file
from realsyn_lib.models.source import BundledSource
from udfs.models.bridge import ImageMap
from udfs.models.efficientnet import ClassScores


def test_the_mapped_feature_and_the_roots_of_probabilities_are_added():
    image_map = ImageMap(
        feature_mean=np.array([0.6, 0.0], np.float32),
        feature_map=np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], np.float32),
        class_vectors=np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]], np.float32),
    )
    # (3, 4) has unit form (0.6, 0.8), less the mean (0, 0.8), of unit norm (0, 1).
    scores = ClassScores(np.array([[0.64, 0.36]], np.float32), np.array([[3, 4]], np.float32))
    named = 0.6 * np.array([0.6, 0.0, 0.8])  # roots 0.8 and 0.6 are a unit row already
    wanted = np.array([0.0, 1.0, 0.0]) + named
    np.testing.assert_allclose(
        image_map.embed(scores)[0], wanted / np.linalg.norm(wanted), atol=1e-6
    )


def test_a_bundled_file_of_other_bytes_is_refused():
    source = BundledSource(
        kind="bundled", file="bridge_map.safetensors", sha256="0" * 64, loader="linear_map"
    )
    with pytest.raises(ModelError, match=r"bridge-map: .* has sha256"):
        bundled_file("bridge-map", source)
