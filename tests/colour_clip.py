"""A CLIP whose weights are set by hand: it knows three colours, so its answers can be worked out.

The vector of a picture is its mean level of red, green and blue after open_clip's normalisation; that
of a text points to the colours it names. Everything else is zero.
"""

import json
from pathlib import Path

import open_clip
import torch
from safetensors.torch import save_file

NAMES = ("red", "green", "blue")
_WIDTH = 64
_CONFIG = {
    "embed_dim": 3,
    "vision_cfg": {
        "image_size": 32, "layers": 1, "width": _WIDTH, "head_width": 16, "patch_size": 32,
        "pool_type": "avg",
    },
    "text_cfg": {"vocab_size": 49408, "width": _WIDTH, "heads": 4, "layers": 1, "context_length": 16},
}  # fmt: skip


def colour_clip(folder: Path) -> Path:
    """Save the model as open_clip does; returns its weights."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "open_clip_config.json").write_text(
        json.dumps({"model_cfg": _CONFIG, "preprocess_cfg": {}})
    )
    model = open_clip.create_model(f"local-dir:{folder}", load_weights=False)
    first_three = torch.eye(_WIDTH)[:, :3]
    with torch.no_grad():
        for name, weights in model.named_parameters():
            is_norm = any(part.startswith("ln_") for part in name.split("."))
            weights.fill_(1.0 if is_norm and name.endswith("weight") else 0.0)
        for channel in range(3):
            model.visual.conv1.weight[channel, channel] = 1 / 32**2  # the mean of the picture
        model.visual.proj.copy_(first_three)
        attention = model.transformer.resblocks[0].attn  # all words before have an equal say
        attention.in_proj_weight[2 * _WIDTH :] = torch.eye(_WIDTH)
        attention.out_proj.weight.copy_(torch.eye(_WIDTH))
        for channel, name in enumerate(NAMES):
            (token,) = open_clip.tokenizer.SimpleTokenizer().encode(name)
            model.token_embedding.weight[token, channel] = 1.0
        model.text_projection.copy_(first_three)
    weights = folder / "open_clip_model.safetensors"
    save_file({name: one.contiguous() for name, one in model.state_dict().items()}, weights)
    return weights
