"""The model under test: a checkpoint, one of open_clip's, or an encoder of models.yaml."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from jobs.model_digests import open_registry, sound_digest
from realsyn_lib.errors import ModelError, SettingError
from realsyn_lib.models.folder import file_digest
from realsyn_lib.models.source import Precision
from realsyn_lib.training.open_clip_options import absolute_model, model_config
from udfs.models.context import ModelContext
from udfs.models.encoder import Encoder, EncoderIdentity

_ENDINGS = (".pt", ".pth", ".bin", ".safetensors")  # read with weights_only, or not pickled at all
_PARAMETERS = "params.txt"  # that open_clip writes beside checkpoints/


@dataclass(frozen=True)
class EvaluatedModel:
    """What is loaded, by CLIP_benchmark's words.

    Attributes:
        model: architecture, or the encoder's name.
        pretrained: checkpoint, open_clip's tag, or ``models.yaml``.
        digest: of its weights, or of its name where a hub has them.
        weights: what open_clip is given for weights; None for an encoder of models.yaml.
    """

    model: str
    pretrained: str
    digest: str
    weights: str | None

    def load(self, device: str, threads: int) -> Encoder:
        """Load it.

        Raises:
            ModelError: not there, of another architecture, or it would run code.
        """
        context = ModelContext.of(open_registry(), device, threads)
        if self.weights is None:
            from udfs.models.load_encoder import load_encoder

            return load_encoder(context, self.model)
        import torch

        from udfs.models.open_clip_encoder import OpenClipEncoder
        from udfs.models.open_clip_place import OpenClipPlace

        torch.set_num_threads(threads)
        width = model_config(self.model)["embed_dim"]
        precision: Precision = "fp32" if device == "cpu" else "fp16"
        identity = EncoderIdentity(self.model, self.digest, width, None)
        place = OpenClipPlace(self.model, self.weights)
        return OpenClipEncoder(context, identity, place, precision)


def evaluated_model(
    checkpoint: str | None, model: str | None, pretrained: str | None, encoder: str | None
) -> EvaluatedModel:
    """Return the model that the arguments name; nothing is loaded yet.

    Raises:
        SettingError: not exactly one is named, or no such architecture or encoder.
        ModelError: a checkpoint that is missing or of another kind, or an encoder not fetched.
    """
    if (checkpoint is None) + (pretrained is None) + (encoder is None) != 2:
        raise SettingError(
            "evaluate: name one model: --checkpoint FILE, --model NAME --pretrained TAG, or --encoder "
            "NAME of models.yaml"
        )
    if encoder is not None:
        digest = sound_digest(open_registry(), encoder, "encoder")
        return EvaluatedModel(encoder, "models.yaml", digest, None)
    if checkpoint is not None:
        return _of_checkpoint(Path(checkpoint), model)
    if model is None or pretrained is None:
        raise SettingError("evaluate: --pretrained TAG needs --model NAME, such as ViT-B-32")
    model_config(model)
    digest = hashlib.sha256(f"{model} {pretrained}".encode()).hexdigest()
    return EvaluatedModel(model, pretrained, digest, pretrained)


def _of_checkpoint(file: Path, model: str | None) -> EvaluatedModel:
    if not file.is_file():
        raise ModelError(f"--checkpoint {file}: there is no such file")
    if file.suffix not in _ENDINGS:
        raise ModelError(
            f"--checkpoint {file}: expected one of {', '.join(_ENDINGS)}, as open_clip writes them"
        )
    name = absolute_model(model or _trained_model(file))
    model_config(name)
    return EvaluatedModel(name, str(file), file_digest(file), str(file.absolute()))


def _trained_model(file: Path) -> str:
    """Return the architecture that open_clip's own parameters beside a checkpoint name."""
    parameters = file.absolute().parent.parent / _PARAMETERS
    if parameters.is_file():
        text = parameters.read_text(encoding="utf-8", errors="replace")
        if found := re.search(r"^model: (.+)$", text, flags=re.MULTILINE):
            return found.group(1)
    raise SettingError(
        f"--checkpoint {file}: nothing beside it says its architecture; say --model NAME, such as ViT-B-32"
    )
