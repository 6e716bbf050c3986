import numpy as np
import pytest

from realsyn_lib.errors import SettingError
from realsyn_lib.models.registry import load_registry
from realsyn_lib.resources import resource_path
from udfs.models.captioner import load_captioner, tags_sentence
from udfs.models.context import ModelContext


@pytest.mark.parametrize(
    ("tags", "sentence"),
    [
        ([], ""),
        (["daisy"], "A photo of a daisy."),
        (["daisy", "ant"], "A photo of a daisy and an ant."),
        (["daisy", "ant", "pot", "bee"], "A photo of a daisy, an ant and a pot."),
    ],
)
def test_the_first_three_tags_make_a_sentence(tags, sentence):
    assert tags_sentence(tags) == sentence


def test_the_sentence_captioner_needs_no_fetched_file(tmp_path):
    registry = load_registry(resource_path("conf", "models.yaml"))
    captioner = load_captioner(ModelContext(registry, tmp_path), "tags-sentence")
    assert captioner.image_size is None
    pixels = np.zeros((1, 8, 8, 3), np.uint8)
    assert captioner.caption(pixels, [[("owl", 0.9)]]) == ["A photo of an owl."]


def test_a_language_model_cannot_be_the_captioner(tmp_path):
    registry = load_registry(resource_path("conf", "models.yaml"))
    with pytest.raises(SettingError, match="choose one of: blip-base, tags-sentence"):
        load_captioner(ModelContext(registry, tmp_path), "gpt2-large")
