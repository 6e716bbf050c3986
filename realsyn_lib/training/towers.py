"""How much memory the training of an architecture takes: reckoned, not measured."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_STATE_BYTES = 16  # of a weight in float32: itself, its gradient, two moments of Adam
_VOCABULARY, _CONTEXT = 49408, 77  # open_clip's own where a file says nothing


@dataclass(frozen=True)
class TrainingMemory:
    """Bytes that training takes on a device: ``fixed_bytes``, and more for each sample in flight."""

    fixed_bytes: int
    sample_bytes: int


@dataclass(frozen=True)
class _Tower:
    """A transformer: layers, width, heads, and tokens of one sample."""

    layers: int
    width: int
    heads: int
    tokens: int

    @property
    def weights(self) -> int:
        return 12 * self.layers * self.width**2

    @property
    def sample_bytes(self) -> float:
        """Activations that the backward pass needs, in 16 bits: Korthikanti et al., arXiv 2205.05198.

        ``s h (34 + 5 a s / h)`` a layer. Attention that keeps no matrix takes less.
        """
        per_layer = self.tokens * self.width * (34 + 5 * self.heads * self.tokens / self.width)
        return self.layers * per_layer


def training_memory(config: Mapping[str, Any], is_half: bool) -> TrainingMemory | None:
    """Reckon the memory of an architecture.

    Args:
        config: open_clip's configuration: ``vision_cfg`` and ``text_cfg``.
        is_half: whether activations have 16 bits (mixed precision) or 32.

    Returns:
        None where it is no pair of open_clip's own transformers (a ResNet, timm's, Hugging Face's).
    """
    towers = _towers(config)
    if towers is None:
        return None
    text = config["text_cfg"]
    words = int(text.get("vocab_size", _VOCABULARY)) * towers[1].width
    weights = sum(tower.weights for tower in towers) + words
    activations = sum(tower.sample_bytes for tower in towers) * (1 if is_half else 2)
    return TrainingMemory(weights * _STATE_BYTES, int(activations))


def _towers(config: Mapping[str, Any]) -> tuple[_Tower, _Tower] | None:
    vision, text = config.get("vision_cfg"), config.get("text_cfg")
    if not isinstance(vision, Mapping) or not isinstance(text, Mapping):
        return None
    is_plain = isinstance(vision.get("layers"), int) and "patch_size" in vision
    if not is_plain or "hf_model_name" in text or "timm_model_name" in vision:
        return None
    image, width = int(vision.get("image_size", 224)), int(vision.get("width", 768))
    heads = max(1, width // int(vision.get("head_width", 64)))
    tokens = (image // int(vision["patch_size"])) ** 2 + 1
    return (
        _Tower(vision["layers"], width, heads, tokens),
        _Tower(
            int(text.get("layers", 12)), int(text.get("width", 512)),
            int(text.get("heads", 8)), int(text.get("context_length", _CONTEXT)),
        ),
    )  # fmt: skip
