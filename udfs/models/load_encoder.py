"""The encoder that models.encoder names, by the loader of its source.

What a loader needs takes seconds and 200 MB to import, so only that of the encoder is.
"""

from __future__ import annotations

from pathlib import Path

from realsyn_lib.errors import ModelError
from realsyn_lib.models.folder import bundled_file
from realsyn_lib.models.registry import ModelReference
from realsyn_lib.models.source import BundledSource, ComposedSource
from udfs.models.context import ModelContext, no_loader
from udfs.models.encoder import Encoder, EncoderIdentity, TextSide


def load_encoder(context: ModelContext, name: str) -> Encoder:
    """Load an encoder of the registry; the bridge loads each half when it is first used.

    Raises:
        SettingError: no such encoder.
        ModelError: not fetched, no code for its loader, or a width other than stated.
    """
    reference, identity = _known(context, name)
    if isinstance(reference.source, ComposedSource):
        return _bridge(context, identity, reference.source)
    if reference.source.loader == "open_clip":
        from udfs.models.open_clip_encoder import OpenClipEncoder
        from udfs.models.open_clip_place import OpenClipPlace

        place = OpenClipPlace.of(name, reference)
        return OpenClipEncoder(context, identity, place, context.precision(name, "fp16"))
    raise no_loader(name, "encoder", reference.source.loader)


def load_text_side(context: ModelContext, name: str) -> TextSide:
    """Load what embeds texts of an encoder: no image tower is kept.

    Raises:
        SettingError, ModelError: as ``load_encoder``.
    """
    reference, identity = _known(context, name)
    if reference.source.loader != "open_clip":
        return load_encoder(context, name)
    from udfs.models.open_clip_model import load_text_tower, load_tokens
    from udfs.models.open_clip_place import OpenClipPlace
    from udfs.models.open_clip_texts import OpenClipTexts

    place = OpenClipPlace.of(name, reference)
    tower = load_text_tower(name, place, context.precision(name, "fp16"), context.device)
    return OpenClipTexts(context, identity, tower, load_tokens(name, place))


def _known(context: ModelContext, name: str) -> tuple[ModelReference, EncoderIdentity]:
    reference = context.reference(name, "encoder")
    if reference.width is None:
        raise ModelError(f"model {name}: an encoder must state its width in models.yaml")
    digest = context.registry.digest(name)
    return reference, EncoderIdentity(name, digest, reference.width, reference.feature_width)


def _bridge(context: ModelContext, identity: EncoderIdentity, source: ComposedSource) -> Encoder:
    from udfs.models.bridge import BridgeEncoder, ImageMap
    from udfs.models.efficientnet import EfficientNet
    from udfs.models.text_encoder import load_text_encoder

    tagger, texts = context.folder(source.parts["tagger"]), source.parts["text_encoder"]
    context.folder(texts)  # a part that is missing is said now, not in the middle of a stage
    return BridgeEncoder(
        identity,
        ImageMap.load(_image_map(context, source.parts["image_map"])),
        load_network=lambda: EfficientNet(tagger, context.device),
        load_texts=lambda: load_text_encoder(context, texts),
    )


def _image_map(context: ModelContext, name: str) -> Path:
    source = context.reference(name, "image_map").source
    if not isinstance(source, BundledSource):
        raise no_loader(name, "image_map", source.loader)
    return bundled_file(name, source)
