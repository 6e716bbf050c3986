import numpy as np

from realsyn_lib.evaluation import class_vectors as module
from realsyn_lib.evaluation.class_vectors import class_vectors

ANGLES = {
    "a cat": 0,
    "the cat": 60,
    "a dog": 90,
    "the dog": 90,
    "a {0.__class__}": 180,
    "the {0.__class__}": 180,
}


def embed(texts):
    angles = np.radians([ANGLES[text] for text in texts])
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def test_a_class_is_the_mean_direction_of_its_texts(monkeypatch):
    """0 and 60 degrees mean 30; a name is text, never a format."""
    names = ["cat", "dog", "{0.__class__}"]
    found = class_vectors(embed, names, ["a {c}", "the {c}"])
    degrees = np.degrees(np.arctan2(found[:, 1], found[:, 0]))
    np.testing.assert_allclose(degrees, [30, 90, 180], atol=1e-4)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)
    monkeypatch.setattr(module, "_TEXTS_AT_ONCE", 3)  # a class at a time
    np.testing.assert_array_equal(class_vectors(embed, names, ["a {c}", "the {c}"]), found)
