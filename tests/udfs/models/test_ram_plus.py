"""RAM++ with a tiny network of random weights, saved in the layout of the published checkpoint."""

import math
import re
from pathlib import Path

import numpy as np
import pytest

from realsyn_lib.errors import ModelError
from realsyn_lib.models.registry import parse_registry
from udfs.models.context import ModelContext
from udfs.models.tagger import load_tagger

torch = pytest.importorskip("torch")
swin_transformer = pytest.importorskip("timm.models.swin_transformer")

TAGS, DESCRIPTIONS, SHARED, WIDTH, INNER, SIDE = ("fox", "owl", "bee"), 5, 6, 8, 10, 32
LAYERS = ("layer.0", "layer.1")


def swin():
    return swin_transformer.SwinTransformer(
        img_size=SIDE, patch_size=4, num_classes=0, embed_dim=8, depths=(1, 2), num_heads=(2, 4),
        window_size=2,
    )  # fmt: skip


def published_state() -> dict:
    """Tensors under the names of the original code: downsampling ends a stage there."""
    torch.manual_seed(0)
    state = {}
    for name, tensor in swin().state_dict().items():
        name = re.sub(r"layers\.1\.downsample", "layers.0.downsample", name)
        state[f"visual_encoder.{name}"] = torch.randn(tensor.shape) * 0.3
    state["visual_encoder.layers.1.blocks.1.attn_mask"] = torch.zeros(4, 4, 4)  # a buffer
    shapes = {
        "image_proj": (SHARED, 16), "wordvec_proj": (WIDTH, SHARED), "fc": (1, WIDTH),
    }  # fmt: skip
    for layer in LAYERS:
        at = f"tagging_head.encoder.{layer}"
        shapes |= {
            f"{at}.crossattention.self.query": (WIDTH, WIDTH),
            f"{at}.crossattention.self.key": (WIDTH, SHARED),
            f"{at}.crossattention.self.value": (WIDTH, SHARED),
            f"{at}.crossattention.output.dense": (WIDTH, WIDTH),
            f"{at}.intermediate.dense": (INNER, WIDTH),
            f"{at}.output.dense": (WIDTH, INNER),
        }
        for norm in (f"{at}.crossattention.output", f"{at}.output"):
            state[f"{norm}.LayerNorm.weight"] = torch.rand(WIDTH) + 0.5
            state[f"{norm}.LayerNorm.bias"] = torch.randn(WIDTH)
    for name, shape in shapes.items():
        state[f"{name}.weight"] = torch.randn(shape)
        state[f"{name}.bias"] = torch.randn(shape[0])
    state["label_embed"] = torch.randn(len(TAGS) * DESCRIPTIONS, SHARED)
    state["reweight_scale"] = torch.tensor(math.log(1 / 0.07))
    return state


def saved(folder: Path, thresholds: str = "0\n0\n0\n", state: dict | None = None) -> Path:
    torch.save({"model": state or published_state()}, folder / "ram_plus_swin_large_14m.pth")
    (folder / "ram_tag_list.txt").write_text("\n".join(TAGS))
    (folder / "ram_tag_list_threshold.txt").write_text(thresholds)
    return folder


def tagger_of(folder: Path):
    text = f"""
models:
  own:
    role: tagger
    licence: Apache-2.0
    memory_mb: 1
    image_size_px: {SIDE}
    source: {{kind: folder, path: {folder}, loader: ram_plus}}
"""
    return load_tagger(ModelContext(parse_registry(text, where="test"), folder), "own")


def linear(state: dict, name: str, rows):
    return rows @ state[f"{name}.weight"].T + state[f"{name}.bias"]


def normed(state: dict, name: str, row):
    spread = (row - row.mean()) / torch.sqrt(row.var(unbiased=False) + 1e-12)
    return spread * state[f"{name}.LayerNorm.weight"] + state[f"{name}.LayerNorm.bias"]


def attended(state: dict, at: str, query, image):
    """One query, head by head."""
    asked = linear(state, f"{at}.self.query", query)
    keys, values = (linear(state, f"{at}.self.{part}", image) for part in ("key", "value"))
    parts = []
    for head in range(4):
        own = slice(2 * head, 2 * head + 2)
        weights = torch.softmax(keys[:, own] @ asked[own] / math.sqrt(2), dim=0)
        parts.append(weights @ values[:, own])
    return normed(
        state, f"{at}.output", linear(state, f"{at}.output.dense", torch.cat(parts)) + query
    )


def obvious_scores(state: dict, pixels: np.ndarray) -> list[float]:
    """One image, tag by tag, as the paper's figure 3 and the published code have it."""
    vision = swin().eval()
    own = {
        name: state[f"visual_encoder.{re.sub('layers.1.downsample', 'layers.0.downsample', name)}"]
        for name in vision.state_dict()
    }
    vision.load_state_dict(own)
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    image = ((torch.tensor(pixels) / 255 - mean) / deviation).permute(2, 0, 1)[None]
    patches = vision.forward_features(image.float()).reshape(-1, 16)
    seen = linear(state, "image_proj", torch.cat([patches.mean(dim=0, keepdim=True), patches]))
    scores = []
    for tag in range(len(TAGS)):
        descriptions = state["label_embed"][tag * DESCRIPTIONS : (tag + 1) * DESCRIPTIONS]
        likeness = descriptions @ (seen[0] / seen[0].norm()) / 0.07
        query = linear(state, "wordvec_proj", torch.softmax(likeness, dim=0) @ descriptions).relu()
        for layer in LAYERS:
            at = f"tagging_head.encoder.{layer}"
            query = attended(state, f"{at}.crossattention", query, seen)
            inner = torch.nn.functional.gelu(linear(state, f"{at}.intermediate.dense", query))
            query = normed(
                state, f"{at}.output", linear(state, f"{at}.output.dense", inner) + query
            )
        scores.append(float(torch.sigmoid(linear(state, "fc", query))))
    return scores


@pytest.fixture
def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (3, SIDE, SIDE, 3), dtype=np.uint8)


@torch.inference_mode()
def test_a_checkpoint_scores_every_tag_as_the_obvious_way_does(tmp_path, pixels):
    found = tagger_of(saved(tmp_path)).tag(pixels, 3, 0.0)
    for image, tags in zip(pixels, found, strict=True):
        expected = dict(zip(TAGS, obvious_scores(published_state(), image), strict=True))
        assert dict(tags) == pytest.approx(expected, abs=1e-5)
        assert [tag for tag, _ in tags] == sorted(expected, key=lambda tag: -expected[tag])


def test_a_tag_below_its_own_threshold_is_left_out(tmp_path, pixels):
    scores = dict(tagger_of(saved(tmp_path)).tag(pixels[:1], 3, 0.0)[0])
    bounds = [0.0, scores["owl"] + 1e-4, scores["bee"] - 1e-4]
    strict = tagger_of(saved(tmp_path, "\n".join(map(str, bounds))))
    assert {tag for tag, _ in strict.tag(pixels[:1], 3, 0.0)[0]} == {"fox", "bee"}


def test_an_images_tags_do_not_depend_on_its_neighbours(tmp_path, pixels):
    tagger = tagger_of(saved(tmp_path))
    assert tagger.tag(pixels[2:], 3, 0.0)[0] == tagger.tag(pixels, 3, 0.0)[2]


def test_a_list_of_other_tags_than_the_checkpoints_is_refused(tmp_path):
    saved(tmp_path)
    (tmp_path / "ram_tag_list.txt").write_text("fox\nowl\n")
    (tmp_path / "ram_tag_list_threshold.txt").write_text("0\n0\n")
    with pytest.raises(ModelError, match=r"15 descriptions .* do not divide among 2 tags"):
        tagger_of(tmp_path)


def test_a_checkpoint_that_lacks_a_tensor_is_refused_by_its_name(tmp_path):
    state = published_state()
    del state["tagging_head.encoder.layer.1.crossattention.self.key.bias"]
    with pytest.raises(ModelError, match=r"lacks .*layer\.1\.crossattention\.self\.key\.bias"):
        tagger_of(saved(tmp_path, state=state))


def test_a_pickle_with_code_in_it_is_not_opened(tmp_path):
    saved(tmp_path)
    torch.save({"model": Path("/")}, tmp_path / "ram_plus_swin_large_14m.pth")
    with pytest.raises(ModelError, match="no checkpoint of tensors alone"):
        tagger_of(tmp_path)


def test_thresholds_of_another_number_are_refused(tmp_path):
    with pytest.raises(ModelError, match="2 thresholds for 3 tags"):
        tagger_of(saved(tmp_path, "0\n0\n"))
