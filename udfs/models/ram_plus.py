"""RAM++ (arXiv 2310.15200): a Swin image encoder, descriptions of tags, and a decoder that joins them.

Written against the published layout of its checkpoint; sizes are read from the tensors. Each tag
has several descriptions as vectors. The image weighs those of a tag, the weighted vector is the
tag's query, two layers of cross-attention hold the queries to the image's patches, and one linear
map gives a logit for each tag.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch
from timm.models.swin_transformer import SwinTransformer, checkpoint_filter_fn
from torch import Tensor, nn
from torch.nn import functional

from realsyn_lib.errors import ModelError

HEADS = 4  # of the decoder: the only size that no tensor tells
PATCH = 4
NORM_EPSILON = 1e-12
_VISION, _DECODER = "visual_encoder.", "tagging_head."
State = Mapping[str, Tensor]


class CrossAttention(nn.Module):
    """Queries look at the image; under BERT's names, so that the checkpoint's load."""

    def __init__(self, width: int, image_width: int) -> None:
        super().__init__()
        self.self = nn.ModuleDict(
            {
                "query": nn.Linear(width, width),
                "key": nn.Linear(image_width, width),
                "value": nn.Linear(image_width, width),
            }
        )
        self.output = _residual(width, width)

    def forward(self, queries: Tensor, image: Tensor) -> Tensor:
        """Return (n, tags, width) of queries of that shape and (n, patches, image_width)."""
        query, key, value = (
            _in_heads(self.self[name](rows))
            for name, rows in (("query", queries), ("key", image), ("value", image))
        )
        seen = functional.scaled_dot_product_attention(query, key, value)
        joined = self.output["dense"](seen.transpose(1, 2).flatten(2))
        normed: Tensor = self.output["LayerNorm"](joined + queries)
        return normed


class DecoderLayer(nn.Module):
    """Cross-attention and a feed-forward net; queries do not look at one another."""

    def __init__(self, width: int, image_width: int, inner: int) -> None:
        super().__init__()
        self.crossattention = CrossAttention(width, image_width)
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(width, inner)})
        self.output = _residual(inner, width)

    def forward(self, queries: Tensor, image: Tensor) -> Tensor:
        """Return (n, tags, width) of queries of that shape and (n, patches, image_width)."""
        seen = self.crossattention(queries, image)
        inner = functional.gelu(self.intermediate["dense"](seen))
        normed: Tensor = self.output["LayerNorm"](self.output["dense"](inner) + seen)
        return normed


class RamPlus(nn.Module):
    """Pixels to one logit for each tag."""

    def __init__(self, state: State, tags: int, side: int) -> None:
        """Build the network that the tensors of a checkpoint belong to; they are not loaded yet."""
        super().__init__()
        vision = {k.removeprefix(_VISION): v for k, v in state.items() if k.startswith(_VISION)}
        self.visual_encoder = _swin(vision, side)
        shared, seen = state["image_proj.weight"].shape
        width = len(state["wordvec_proj.weight"])
        inner = len(state["tagging_head.encoder.layer.0.intermediate.dense.weight"])
        self.image_proj = nn.Linear(seen, shared)
        self.label_embed = nn.Parameter(torch.empty(state["label_embed"].shape))
        self.reweight_scale = nn.Parameter(torch.empty(()))
        self.wordvec_proj = nn.Linear(shared, width)
        layers = _count(state, r"tagging_head\.encoder\.layer\.(\d+)\.")
        decoder = nn.ModuleList(DecoderLayer(width, shared, inner) for _ in range(layers))
        self.tagging_head = nn.ModuleDict({"encoder": nn.ModuleDict({"layer": decoder})})
        self.fc = nn.Linear(width, 1)
        self._tags = tags

    def forward(self, images: Tensor) -> Tensor:
        """Return (n, tags) logits of (n, 3, side, side) normalised images."""
        patches = self.visual_encoder.forward_features(images).flatten(1, 2)
        seen = self.image_proj(torch.cat([patches.mean(dim=1, keepdim=True), patches], dim=1))
        queries = functional.relu(self.wordvec_proj(self._weighed(seen[:, 0])))
        for layer in self.tagging_head.encoder.layer:  # type: ignore[union-attr]
            queries = layer(queries, seen)
        logits: Tensor = self.fc(queries).squeeze(-1)
        return logits

    def _weighed(self, whole: Tensor) -> Tensor:
        """Return for each image and tag the mean of the tag's descriptions, near ones first."""
        direction = functional.normalize(whole, dim=-1)
        likeness = self.reweight_scale.exp() * direction @ self.label_embed.T
        weights = likeness.reshape(len(whole), self._tags, -1).softmax(dim=-1)
        descriptions = self.label_embed.reshape(self._tags, -1, whole.shape[1])
        return torch.einsum("ntk,tkd->ntd", weights, descriptions)


def load_ram_plus(state: State, name: str, tags: int, side: int) -> RamPlus:
    """Return the network of a checkpoint's tensors.

    Raises:
        ModelError: a tensor is missing or of another shape, or the descriptions do not divide
            among the tags.
    """
    rows = len(state.get("label_embed", ()))
    if rows == 0 or rows % tags:
        raise ModelError(
            f"model {name}: {rows} descriptions (label_embed) do not divide among {tags} tags; "
            "expected a RAM++ checkpoint and its own ram_tag_list.txt"
        )
    try:
        network = RamPlus(state, tags, side)
        missing = network.load_state_dict(_renamed(state, network), strict=False).missing_keys
    except (KeyError, RuntimeError, ValueError) as error:
        raise ModelError(
            f"model {name}: no RAM++ checkpoint: {' '.join(str(error).split())}"
        ) from error
    if missing:
        raise ModelError(f"model {name}: the checkpoint lacks {', '.join(missing[:5])}")
    return network


def _renamed(state: State, network: RamPlus) -> dict[str, Tensor]:
    """Give the tensors of the original Swin timm's names, and leave out its buffers."""
    vision = {k.removeprefix(_VISION): v for k, v in state.items() if k.startswith(_VISION)}
    renamed = checkpoint_filter_fn(vision, network.visual_encoder)
    others = {k: v for k, v in state.items() if not k.startswith(_VISION)}
    return others | {f"{_VISION}{key}": value for key, value in renamed.items()}


def _swin(state: State, side: int) -> SwinTransformer:
    tables = "layers.{}.blocks.0.attn.relative_position_bias_table"
    stages = _count(state, r"layers\.(\d+)\.blocks\.")
    heads = [state[tables.format(stage)].shape[1] for stage in range(stages)]
    window = (round(len(state[tables.format(0)]) ** 0.5) + 1) // 2
    return SwinTransformer(
        img_size=side,
        patch_size=PATCH,
        num_classes=0,
        embed_dim=len(state["patch_embed.proj.weight"]),
        depths=tuple(_count(state, rf"layers\.{k}\.blocks\.(\d+)\.") for k in range(stages)),
        num_heads=tuple(heads),
        window_size=window,
    )


def _count(state: State, pattern: str) -> int:
    """Return how many numbered parts of a pattern the names have."""
    found = (re.match(pattern, name) for name in state)
    return 1 + max((int(match[1]) for match in found if match), default=-1)


def _in_heads(rows: Tensor) -> Tensor:
    """Return (n, heads, rows, width / heads) of (n, rows, width)."""
    return rows.reshape(*rows.shape[:2], HEADS, -1).transpose(1, 2)


def _residual(width: int, target: int) -> nn.ModuleDict:
    norm = nn.LayerNorm(target, eps=NORM_EPSILON)
    return nn.ModuleDict({"dense": nn.Linear(width, target), "LayerNorm": norm})
