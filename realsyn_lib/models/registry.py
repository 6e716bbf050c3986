"""The named models of conf/models.yaml: look one up, check its role, know its digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from realsyn_lib.errors import ModelError, SettingError
from realsyn_lib.models.folder import place_of, source_digest
from realsyn_lib.models.source import (
    COMPOSED,
    SPEED,
    FolderSource,
    Frozen,
    ModelName,
    PackageSource,
    Source,
    ZeroShotSource,
)
from realsyn_lib.models.tag_lists import read_tags, tags_digest
from realsyn_lib.models.versions import LOADER_VERSIONS
from realsyn_lib.resources import resource_path

Role = Literal[
    "encoder",
    "text_encoder",
    "image_map",
    "captioner",
    "tagger",
    "image_scorer",
    "language_model",
    "generator",
    "parser",
    "splitter",
]

# What a reader wants to know but no output depends on: not part of the digest.
NOTES = {"licence", "memory_mb", "note"}


class ModelReference(Frozen):
    """One entry of conf/models.yaml."""

    role: Role
    licence: str = Field(min_length=1)
    source: Source
    memory_mb: int = Field(ge=0)  # of one loaded copy, so that executors can be sized
    width: int | None = Field(default=None, ge=1)  # of the embedding
    feature_width: int | None = Field(default=None, ge=1)  # of the image feature
    image_size_px: int | None = Field(default=None, ge=1)  # side of the square input
    note: str = ""

    @model_validator(mode="after")
    def _embeds_with_a_width(self) -> ModelReference:
        if self.role in ("encoder", "text_encoder") and self.width is None:
            raise ValueError(f"a model of role {self.role} must state its width")
        return self


class Registry(Frozen):
    """All model references by name."""

    models: dict[ModelName, ModelReference]

    @model_validator(mode="after")
    def _parts_exist_and_fit(self) -> Registry:
        for name, model in self.models.items():
            if isinstance(model.source, COMPOSED):
                for role, part in model.source.parts.items():
                    if part not in self.models or self.models[part].role != role:
                        raise ValueError(f"{name}: part {part} is not a known model of role {role}")
        return self

    def get(self, name: str, role: str | None = None) -> ModelReference:
        """Return the reference called ``name``, of role ``role`` where one is asked for.

        Raises:
            SettingError: no such model, or it has another role.
        """
        if name not in self.models:
            raise SettingError(
                f"models: no model is called {name!r}; known: {', '.join(sorted(self.models))}"
            )
        model = self.models[name]
        if role is not None and model.role != role:
            fitting = sorted(n for n, m in self.models.items() if m.role == role)
            raise SettingError(
                f"models.{role}: {name!r} is a {model.role}; choose one of: {', '.join(fitting)}"
            )
        return model

    def with_parts(self, name: str) -> tuple[str, ...]:
        """Return ``name`` and the names of all models it is composed of, sorted."""
        source = self.get(name).source
        parts = tuple(source.parts.values()) if isinstance(source, COMPOSED) else ()
        return tuple(sorted({name, *(p for part in parts for p in self.with_parts(part))}))

    def digest(self, name: str) -> str:
        """Return the hex SHA-256 that stands for everything the output of ``name`` depends on.

        It covers the reference without its notes, the pinned digests of its files, the version of
        the loading code, and the digests of its parts. For a folder it covers the files' bytes,
        wherever the folder lies; of lists of tags the tags, wherever they lie.

        Raises:
            SettingError: no such model.
            ModelError: a folder or list that is missing, or a folder that differs from its sha256.
        """
        model = self.get(name)
        content = model.model_dump(mode="json", exclude=NOTES)
        content["source"] = _telling(content["source"])
        content["loader_version"] = LOADER_VERSIONS[model.source.loader]
        if isinstance(model.source, COMPOSED):
            content["parts"] = {p: self.digest(p) for p in sorted(model.source.parts.values())}
        if isinstance(model.source, ZeroShotSource):
            content["source"]["tags"] = tags_digest(read_tags(name, model.source.tags))
        if isinstance(model.source, FolderSource | PackageSource):
            content["source"].pop("path", None)
            content["source"]["sha256"] = _checked_folder(name, model.source)
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def _telling(source: dict[str, Any]) -> dict[str, Any]:
    """Return what an output depends on: not what is only speed, no engine or prompt that is null."""
    told = {name: value for name, value in source.items() if name not in SPEED}
    for name in ("engine", "prompt"):
        if name in told and told[name] is None:
            del told[name]
    return told | {"engine": _telling(told["engine"])} if "engine" in told else told


def _checked_folder(name: str, source: FolderSource | PackageSource) -> str:
    found = source_digest(source)
    if source.sha256 is not None and found != source.sha256:
        raise ModelError(
            f"model {name}: the files of {place_of(source)} have digest {found}, models.yaml states "
            f"{source.sha256}; restore the folder or state the new digest"
        )
    return found


def known_models(environment: Mapping[str, str]) -> Registry:
    """Return the models of conf/models.yaml, and those of the file that an environment names.

    ``REALSYN_MODELS_FILE`` has the same form; its entries come in the place of those they share a
    name with.

    Raises:
        SettingError: a file that cannot be read, or a wrong entry.
    """
    shipped = resource_path("conf", "models.yaml")
    own = environment.get("REALSYN_MODELS_FILE")
    if not own:
        return load_registry(shipped)
    entries = [_entries(_text(path), str(path)) for path in (shipped, Path(own))]
    return _checked({"models": entries[0] | entries[1]}, own)


def load_registry(path: Path) -> Registry:
    """Read and check a models file.

    Raises:
        SettingError: the file is missing, is not YAML, or an entry is wrong; the text names it.
    """
    return parse_registry(_text(path), where=str(path))


def parse_registry(text: str, where: str) -> Registry:
    """Parse the YAML ``text`` of a models file; ``where`` names it in errors.

    Raises:
        SettingError: not YAML, an unknown key, or a value of the wrong type.
    """
    return _checked(_parsed(text, where), where)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"{path}: the models file cannot be read: {error}") from error


def _parsed(text: str, where: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise SettingError(f"{where}: not YAML: {' '.join(str(error).split())}") from error


def _entries(text: str, where: str) -> dict[Any, Any]:
    """Return the entries of a models file as they stand there, to be checked with others."""
    parsed = _parsed(text, where)
    entries = parsed.get("models") if isinstance(parsed, dict) and len(parsed) == 1 else None
    if not isinstance(entries, dict):
        raise SettingError(f"{where}: expected one mapping `models`, name -> entry")
    return entries


def _checked(parsed: Any, where: str) -> Registry:
    try:
        return Registry.model_validate(parsed)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise SettingError(f"{where}: {place}: {first['msg']}; correct this entry") from error
