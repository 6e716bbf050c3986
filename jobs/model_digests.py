"""Digests of the models a stage uses, and proof that they are there before a row is read."""

import os
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from realsyn_lib.config import Config
from realsyn_lib.errors import ModelError
from realsyn_lib.models.cache import cache_root, needs_fetch, require_folder, require_sound
from realsyn_lib.models.folder import bundled_file, place_of
from realsyn_lib.models.open_clip_files import stated_width
from realsyn_lib.models.registry import Registry, known_models
from realsyn_lib.models.source import (
    BundledSource,
    FolderSource,
    HubSource,
    OpenClipSource,
    PackageSource,
)
from realsyn_lib.stages import StageSpec
from udfs.models.load_parser import ParserUse


def open_registry() -> Registry:
    """Return the known models: those of conf/models.yaml, and one's own."""
    return known_models(os.environ)


def configured_models(registry: Registry, config: Config) -> list[str]:
    """Return the models that settings name and what they are composed of, sorted."""
    chosen = [*config.models.model_dump().values(), *scorer_models(config).values()]
    return sorted({part for name in chosen for part in registry.with_parts(name)})


def scorer_models(config: Config) -> dict[str, str]:
    """Return the image scorers that settings name, by what they score."""
    settings = config.image_scorers
    named = {"nsfw": settings.nsfw, "watermark": settings.watermark}
    return {score: name for score, name in named.items() if name is not None}


def stage_model_digests() -> Callable[[StageSpec, Config], dict[str, str]]:
    """Return a function that gives the digest of each role a stage uses.

    It raises ModelError (exit 2) for a model that is not there, whose bytes or width are others than
    stated, or that nothing here can load; SettingError for an unknown one.
    """
    registry = open_registry()

    def digests(spec: StageSpec, config: Config) -> dict[str, str]:
        found = {
            role: sound_digest(registry, getattr(config.models, role), role) for role in spec.models
        }
        return found | scorer_digests(
            spec, config, lambda name: sound_digest(registry, name, "image_scorer")
        )

    return digests


def scorer_digests(
    spec: StageSpec, config: Config, digest_of: Callable[[str], str]
) -> dict[str, str]:
    """Return the digests of the optional scorers that a stage uses, by what they score."""
    found = {}
    if "image_scorers" in spec.settings:
        found = {score: digest_of(name) for score, name in scorer_models(config).items()}
    if "sentence_scorers" in spec.settings and config.sentence_scorers.language:
        found["language"] = _language_version()
    return found


def sound_digest(registry: Registry, name: str, role: str) -> str:
    """Return the digest of a model that is there, has the stated bytes and width, and can be loaded."""
    registry.get(name, role)
    for part in registry.with_parts(name):
        if needs_fetch(registry, part):
            require_sound(registry, part, cache_root(os.environ))
        _require_loader(registry, part)
        _require_width(registry, part)
        source = registry.get(part).source
        if isinstance(source, BundledSource):
            bundled_file(part, source)
    return registry.digest(name)


def _language_version() -> str:
    try:
        return version("py3langid")
    except PackageNotFoundError as error:
        raise ModelError(
            "sentence_scorers.language: py3langid is not installed; install the extra `scorers` (pip "
            "install 'realsyn[scorers]'), on the workers too, or set it to null"
        ) from error


def _require_loader(registry: Registry, name: str) -> None:
    if registry.get(name).source.loader == "spacy" and find_spec("spacy") is None:
        raise ModelError(
            f"model {name}: spaCy is not installed; install the extra `text` (pip install "
            "'realsyn[text]'), on the workers too, or choose `models.parser: light`"
        )


def _require_width(registry: Registry, name: str) -> None:
    """Hold the width of an entry against the model's own configuration, where that is at hand."""
    model = registry.get(name)
    if not isinstance(model.source, FolderSource | HubSource | OpenClipSource):
        return
    width = stated_width(name, model.source) if model.source.loader == "open_clip" else None
    if width is not None and width != model.width:
        raise ModelError(
            f"model {name}: its width is {width}, models.yaml says {model.width}; correct the entry"
        )


def parser_use(registry: Registry, name: str) -> ParserUse:
    """Return what the workers need to load the parser called ``name``.

    Raises:
        SettingError: no such model, or it is no parser.
        ModelError: it is not there, or no loader reads its kind of source as a parser.
    """
    source = registry.get(name, "parser").source
    if isinstance(source, FolderSource | PackageSource) and source.loader == "spacy":
        return ParserUse("spacy", str(place_of(source)))
    if source.loader == "data":
        return ParserUse("data", str(require_folder(registry, name, cache_root(os.environ))))
    raise ModelError(
        f"model {name}: loader {source.loader} cannot serve as parser; choose data or spacy in "
        "models.yaml"
    )


def model_folder_of(name: str) -> str:
    """Return the folder with a fetched model's files."""
    return str(require_folder(open_registry(), name, cache_root(os.environ)))
