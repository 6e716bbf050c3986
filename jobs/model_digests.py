"""Digests of the models a stage uses, and proof that they are there before a row is read."""

import os
from collections.abc import Callable

from realsyn_lib.config import Config
from realsyn_lib.models.cache import cache_root, needs_fetch, require_folder
from realsyn_lib.models.registry import Registry, load_registry
from realsyn_lib.resources import resource_path
from realsyn_lib.stages import StageSpec


def open_registry() -> Registry:
    """Read conf/models.yaml."""
    return load_registry(resource_path("conf", "models.yaml"))


def configured_models(registry: Registry, config: Config) -> list[str]:
    """Return the models that settings name and what they are composed of, sorted."""
    chosen = config.models.model_dump().values()
    return sorted({part for name in chosen for part in registry.with_parts(name)})


def stage_model_digests() -> Callable[[StageSpec, Config], dict[str, str]]:
    """Return a function that gives the digest of each role a stage uses.

    It raises ModelError (exit 2) for a model that is not fetched, SettingError for an unknown one.
    """
    registry = open_registry()

    def digests(spec: StageSpec, config: Config) -> dict[str, str]:
        found = {}
        for role in spec.models:
            name = getattr(config.models, role)
            registry.get(name, role)
            for part in registry.with_parts(name):
                if needs_fetch(registry, part):
                    require_folder(registry, part, cache_root(os.environ))
            found[role] = registry.digest(name)
        return found

    return digests


def model_folder_of(name: str) -> str:
    """Return the folder with a fetched model's files."""
    return str(require_folder(open_registry(), name, cache_root(os.environ)))
