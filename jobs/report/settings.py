"""The settings and versions that a report states."""

import json
import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from jobs.model_digests import open_registry
from jobs.published import Published
from realsyn_lib import __version__
from realsyn_lib.config import Config, base_config
from realsyn_lib.report.content import Fact, PublishedTable, Setting
from realsyn_lib.stages import STAGES

# Only what decides content: the others may hold keys of a store.
_SECTIONS = ("models", *dict.fromkeys(name for stage in STAGES for name in stage.settings))
_PACKAGES = (
    "delta-spark", "pyarrow", "numpy", "pillow", "simplejpeg", "torch", "faiss-cpu", "faiss-gpu-cuvs",
    "open_clip_torch", "transformers", "xllamacpp",
)  # fmt: skip


def settings(published: Published) -> tuple[Setting, ...]:
    """Return every setting that decides content, and what conf/base.yaml has instead."""
    usual = dict(_flat(_content(base_config())))
    return tuple(
        Setting(key, value, usual.get(key, "nothing") if usual.get(key) != value else None)
        for key, value in _flat(_content(published.config))
    )


def versions(published: Published) -> tuple[Fact, ...]:
    """Return the software of this machine, and the name and licence of each model."""
    facts = [
        Fact("realsyn", __version__),
        Fact("Python", f"{platform.python_version()}, {platform.system()} {platform.machine()}"),
        Fact("Spark", published.warehouse.spark.version),
    ]
    found = ((name, _installed(name)) for name in _PACKAGES)
    facts += [Fact(name, number) for name, number in found if number is not None]
    return (*facts, *_models(published))


def tables(published: Published) -> tuple[PublishedTable, ...]:
    """Return the version of each table that the last finished run of its stage published."""
    return tuple(
        PublishedTable(name, stage, number)
        for stage, run in published.last_runs().items()
        for name, number in sorted(run.output_versions.items())
    )


def _models(published: Published) -> Iterator[Fact]:
    registry = open_registry()
    for role, name in published.config.models.model_dump().items():
        yield Fact(role, f"{name}, {registry.get(name).licence}")


def _installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _content(config: Config) -> dict[str, Any]:
    return {name: getattr(config, name).model_dump(mode="json") for name in _SECTIONS}


def _flat(values: dict[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Yield dotted keys with their values as JSON, which is YAML; an empty section is a value."""
    for name, value in values.items():
        key = f"{path}{name}"
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{key}.")
        else:
            yield key, json.dumps(value, ensure_ascii=False)
