from pathlib import Path

import numpy as np
import pytest

from realsyn_lib.embeddings import unit_rows
from realsyn_lib.images.model_input import ModelInput
from realsyn_lib.models.registry import Registry, parse_registry
from realsyn_lib.models.source import ZeroShotSource
from udfs.models.context import ModelContext
from udfs.models.encoder import ImageVectors
from udfs.models.tagger import load_tagger
from udfs.models.zero_shot_tagger import ZeroShotTagger

torch = pytest.importorskip("torch")


class Compass:
    """An encoder of two numbers: an image points where its first pixel says, a text by its letters."""

    name, digest, width, feature_width = "compass", "0", 2, None
    image_size, image_input, rows_per_call = 1, ModelInput(1, "squash"), 8
    texts: list[str]

    def __init__(self) -> None:
        self.texts = []

    def embed_images(self, pixels: np.ndarray) -> np.ndarray:
        return unit_rows(pixels[:, 0, 0, :2].astype(np.float32))

    def image_features(self, pixels: np.ndarray) -> ImageVectors:
        return ImageVectors(self.embed_images(pixels), None)

    def embed_texts(self, texts: list[str]) -> np.ndarray:
        self.texts += texts
        return unit_rows(np.array([[t.count("e"), t.count("n")] for t in texts], np.float32))


def registry_of(folder: Path, encoder: str, tags: str, extra: str = "") -> Registry:
    (folder / "tags.txt").write_text(tags)
    text = f"""
models:
  eyes: {encoder}
  any:
    role: tagger
    licence: own
    memory_mb: 1
    source:
      {{kind: composed, loader: zero_shot, parts: {{encoder: eyes}}, tags: [{folder}/tags.txt]{extra}}}
"""
    return parse_registry(text, where="test")


OPEN_CLIP = (
    "{role: encoder, licence: MIT, memory_mb: 1, width: 2, "
    "source: {kind: open_clip, architecture: ViT-B-32, tag: openai}}"
)


def compass(folder: Path, tags: str, extra: str = "") -> ZeroShotTagger:
    registry = registry_of(folder, OPEN_CLIP, tags, extra)
    source = registry.get("any").source
    assert isinstance(source, ZeroShotSource)
    return ZeroShotTagger(ModelContext(registry, folder / "models"), "any", source, Compass())


def pixels_to(*directions: tuple[int, int]) -> np.ndarray:
    return np.array([[[[*at, 0]]] for at in directions], dtype=np.uint8)


def test_scores_are_shares_of_the_softmax_over_scaled_cosines(tmp_path):
    tagger = compass(tmp_path, "e\nn\n", ", scale: 1.0")
    east, both = tagger.tag(pixels_to((9, 0), (3, 4)), max_tags=2, min_score=0.0)
    of_east = np.e / (np.e + 1)  # cosines 1 and 0
    assert [tag for tag, _ in east] == ["e", "n"]
    assert [score for _, score in east] == pytest.approx([of_east, 1 - of_east], abs=1e-6)
    of_north = np.exp(0.8) / (np.exp(0.8) + np.exp(0.6))
    assert [tag for tag, _ in both] == ["n", "e"]
    assert both[0][1] == pytest.approx(of_north, abs=1e-6)


def test_an_image_is_scaled_and_cut_as_the_encoder_wants_it(tmp_path):
    assert compass(tmp_path, "e\n").image_input == ModelInput(1, "squash")


def test_of_tags_that_are_equally_near_the_earlier_comes_first_at_the_cut_too(tmp_path):
    tagger = compass(tmp_path, "n\neee\nee\ne\n")
    assert [tag for tag, _ in tagger.tag(pixels_to((1, 0)), 2, 0.0)[0]] == ["eee", "ee"]


def test_an_image_whose_tags_are_all_weak_has_none(tmp_path):
    tagger = compass(tmp_path, "e\nee\neee\neeee\n")
    assert tagger.tag(pixels_to((1, 0)), 4, 0.3) == [[]]


def test_a_tag_is_the_mean_direction_of_its_templates(tmp_path):
    tagger = compass(tmp_path, "e\nn\n", ", templates: ['{}', 'n{}n']")
    # "e" and "nen" point east and by (1, 2); their mean halves the angle of 63.4 degrees.
    assert tagger._tag_vectors[0] == pytest.approx([np.cos(0.5536), np.sin(0.5536)], abs=1e-4)
    assert tagger._encoder.texts == ["e", "n", "nen", "nnn"]


def test_the_second_worker_of_a_node_maps_what_the_first_made(tmp_path):
    first, second = compass(tmp_path, "e\nn\n"), compass(tmp_path, "e\nn\n")
    assert first.tag(pixels_to((2, 1)), 2, 0.0) == second.tag(pixels_to((2, 1)), 2, 0.0)
    assert (first._encoder.texts, second._encoder.texts) == (["e", "n"], [])
    other = compass(tmp_path, "n\ne\n")
    assert other.tag(pixels_to((2, 1)), 1, 0.0)[0][0][0] == "e"
    assert other._encoder.texts == ["n", "e"]


def test_an_images_tags_do_not_depend_on_its_neighbours(tmp_path):
    tagger = compass(tmp_path, "\n".join("e" * k + "n" * (40 - k) for k in range(40)))
    many = pixels_to(*[(k, 100 - k) for k in range(70)])
    assert tagger.tag(many[41:42], 5, 0.0)[0] == tagger.tag(many, 5, 0.0)[41]


def test_an_open_clip_encoder_scores_a_list(tmp_path):
    open_clip = pytest.importorskip("open_clip")
    torch.manual_seed(0)
    torch.save(open_clip.create_model("ViT-S-32-alt").state_dict(), tmp_path / "weights.pt")
    folder = f"{{kind: folder, path: {tmp_path}, loader: open_clip, architecture: ViT-S-32-alt}}"
    encoder = f"{{role: encoder, licence: own, memory_mb: 1, width: 256, source: {folder}}}"
    registry = registry_of(
        tmp_path, encoder, "fox\nowl\nbee\n", ", templates: ['a photo of a {}.']"
    )
    tagger = load_tagger(ModelContext(registry, tmp_path / "models"), "any")
    pixels = np.random.default_rng(0).integers(0, 256, (2, 224, 224, 3), dtype=np.uint8)
    eyes = tagger._encoder
    cosines = (
        eyes.embed_images(pixels)
        @ eyes.embed_texts([f"a photo of a {tag}." for tag in tagger.labels]).T
    )
    expected = np.exp(100 * cosines) / np.exp(100 * cosines).sum(axis=1, keepdims=True)
    for row, tags in zip(expected, tagger.tag(pixels, 3, 0.0), strict=True):
        assert [tag for tag, _ in tags] == [tagger.labels[k] for k in np.argsort(-row)]
        assert [score for _, score in tags] == pytest.approx(np.sort(row)[::-1].tolist(), abs=1e-3)


@pytest.mark.models
def test_the_bridge_names_what_its_classifier_knows(models, photographs):
    flower, china = load_tagger(models, "zero-shot").tag(photographs, 8, 0.0)
    assert {"flower", "daisy"} & {tag for tag, _ in flower[:3]}
    assert {"palace", "castle"} & {tag for tag, _ in china[:3]}
