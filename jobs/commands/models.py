"""realsyn models {list,fetch,check}: which models there are, bring them, recheck their bytes."""

import argparse
import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from jobs.model_digests import configured_models, open_registry
from realsyn_lib.config import Config, load_config
from realsyn_lib.errors import ModelError
from realsyn_lib.models.cache import (
    cache_root,
    is_fetched,
    model_folder,
    needs_fetch,
    read_manifest,
    wrong_files,
)
from realsyn_lib.models.fetch import fetch_model
from realsyn_lib.models.folder import bundled_file, is_there
from realsyn_lib.models.registry import Registry
from realsyn_lib.models.source import BundledSource, FolderSource, PackageSource, Source


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `models list`, `models fetch [NAME...] [--all]` and `models check`."""
    parser = subparsers.add_parser("models", help="list, fetch or recheck the models")
    parser.set_defaults(work=run)
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("list", help="every model of conf/models.yaml and whether it is here")
    fetch = actions.add_parser("fetch", help="bring the models of the local profile")
    fetch.add_argument("names", nargs="*", metavar="NAME", help="only these")
    fetch.add_argument("--all", action="store_true", help="every model that can be fetched")
    actions.add_parser("check", help="recompute the digest of every fetched file")


def run(arguments: argparse.Namespace) -> int:
    """Run one action; return 0, or raise what says why not."""
    registry = open_registry()
    root = cache_root(os.environ)
    console = Console(soft_wrap=True)
    if arguments.action == "list":
        list_models(registry, root, console)
    elif arguments.action == "fetch":
        fetch_models(registry, _chosen(registry, arguments), root, console)
    else:
        check_models(registry, root, console)
    return 0


def fetch_configured(config: Config) -> None:
    """Fetch the models that settings name, where they are missing; silent when none is."""
    registry, root = open_registry(), cache_root(os.environ)
    parts = configured_models(registry, config)
    if not all(is_fetched(registry, part, root) for part in parts if needs_fetch(registry, part)):
        fetch_models(registry, parts, root, Console(soft_wrap=True))


def _chosen(registry: Registry, arguments: argparse.Namespace) -> Iterable[str]:
    if arguments.names:
        return list(arguments.names)
    return registry.models if arguments.all else local_models(registry)


def local_models(registry: Registry) -> list[str]:
    """Return the models that the local profile names, and what they are composed of."""
    return configured_models(registry, load_config("local"))


def list_models(registry: Registry, root: Path, console: Console) -> None:
    """Print one row for each model."""
    table = Table("name", "role", "source", "licence", "size", "state")
    for name, model in registry.models.items():
        size, state = _state(registry, name, root)
        table.add_row(name, model.role, model.source.kind, model.licence, size, state)
    console.print(table)


def _state(registry: Registry, name: str, root: Path) -> tuple[str, str]:
    source = registry.get(name).source
    if isinstance(source, FolderSource | PackageSource):
        return "", "present" if is_there(source) else "missing"
    if isinstance(source, BundledSource):
        return f"{bundled_file(name, source).stat().st_size / 1e6:,.1f} MB", "bundled"
    if not needs_fetch(registry, name):
        return "", "nothing to fetch"
    if not is_fetched(registry, name, root):
        return "", "missing"
    manifest = read_manifest(model_folder(registry, name, root))
    return f"{manifest.size_bytes / 1e6:,.1f} MB", "fetched"


def fetch_models(registry: Registry, names: Iterable[str], root: Path, console: Console) -> None:
    """Fetch the named models that are missing; a composed one brings its parts."""
    wanted = sorted({part for name in names for part in registry.with_parts(name)})
    missing = [
        name
        for name in wanted
        if needs_fetch(registry, name) and not is_fetched(registry, name, root)
    ]
    console.print(f"{len(missing)} models to fetch, {len(wanted) - len(missing)} ready, in {root}")
    if not missing:
        return
    from udfs.models.convert import CONVERTERS  # imports torch: needed for nothing else here

    with tempfile.TemporaryDirectory(prefix="realsyn-wheels-") as wheels:
        for number, name in enumerate(missing, start=1):
            console.print(f"[{number}/{len(missing)}] {name}", markup=False)
            fetch_model(registry, name, root, CONVERTERS, Path(wheels), _step(console))


def _step(console: Console) -> Callable[[str], None]:
    return lambda line: console.print(f"  {line}", markup=False)


def check_models(registry: Registry, root: Path, console: Console) -> None:
    """Recompute every digest of the cache, of folders that an entry pins, and of what travels with the code.

    Raises:
        ModelError: a file is missing or differs; the text names each.
    """
    wrong: list[str] = []
    for name, model in registry.models.items():
        lines: list[str] | None = None
        if needs_fetch(registry, name) and is_fetched(registry, name, root):
            lines = wrong_files(model_folder(registry, name, root))
        elif _is_pinned(model.source):
            lines = _wrong_place(registry, name)
        if lines is not None:
            console.print(f"{name}: {'wrong' if lines else 'sound'}", markup=False)
            wrong += lines
    if wrong:
        raise ModelError(
            f"models check: {'; '.join(wrong)}; remove the folder and run `realsyn models fetch`"
        )


def _is_pinned(source: Source) -> bool:
    """Tell a source outside the cache whose digest its entry states."""
    if isinstance(source, FolderSource | PackageSource):
        return source.sha256 is not None
    return isinstance(source, BundledSource)


def _wrong_place(registry: Registry, name: str) -> list[str]:
    source = registry.get(name).source
    try:
        if isinstance(source, BundledSource):
            bundled_file(name, source)
        else:
            registry.digest(name)
    except ModelError as error:
        return [str(error)]
    return []
