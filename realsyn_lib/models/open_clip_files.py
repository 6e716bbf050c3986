"""What an open_clip model is, read from small files: no torch, no weights."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from realsyn_lib.errors import ModelError
from realsyn_lib.models.source import FolderSource, HubSource, OpenClipSource

CONFIG_FILE = "open_clip_config.json"  # model and preprocessing, as open_clip saves them
CHECKPOINTS = ("*.safetensors", "*.bin", "*.pth", "*.pt")  # in this order; read with weights_only
_BESIDE_CONFIG = CHECKPOINTS[:3]  # what open_clip looks for in a folder with its configuration


def checkpoint_in(name: str, source: FolderSource) -> Path:
    """Return the weights in a folder: the first by name of the first kind there is.

    Raises:
        ModelError: there are none, or nothing says what architecture they belong to.
    """
    folder = Path(source.path)
    if not folder.is_dir():
        raise ModelError(
            f"model {name}: folder {folder} is missing; correct its path in models.yaml"
        )
    has_config = (folder / CONFIG_FILE).is_file()
    if source.architecture is None and not has_config:
        raise ModelError(
            f"model {name}: {folder} has no {CONFIG_FILE}; add it, or state source.architecture, "
            "such as EVA02-E-14-plus"
        )
    patterns = _BESIDE_CONFIG if has_config else CHECKPOINTS
    for pattern in patterns:
        for file in sorted(folder.glob(pattern)):
            return file
    raise ModelError(f"model {name}: {folder} holds no checkpoint ({', '.join(patterns)})")


def stated_width(name: str, source: FolderSource | HubSource | OpenClipSource) -> int | None:
    """Return the width that a model's own configuration gives its embeddings.

    None where it is not at hand: open_clip is not installed here, or a hub must be asked first.

    Raises:
        ModelError: no such architecture, or a configuration without a width.
    """
    if isinstance(source, HubSource):
        return None
    if isinstance(source, FolderSource):
        checkpoint_in(name, source)
        file = Path(source.path) / CONFIG_FILE
        if file.is_file():
            return _width(name, file, _read(name, file).get("model_cfg"))
    known = _architectures()
    if known is None:
        return None
    architecture = str(source.architecture).replace("/", "-")
    file = known / f"{architecture}.json"
    if not file.is_file():
        raise ModelError(
            f"model {name}: open_clip knows no architecture {source.architecture}; "
            "`open_clip.list_models()` names them"
        )
    return _width(name, file, _read(name, file))


def _architectures() -> Path | None:
    """Return open_clip's folder of configurations; nothing of the package is run."""
    found = find_spec("open_clip")
    if found is None or found.origin is None:
        return None
    return Path(found.origin).parent / "model_configs"


def _read(name: str, file: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"model {name}: {file} cannot be read as JSON: {error}") from error
    return found


def _width(name: str, file: Path, config: object) -> int:
    width = config.get("embed_dim") if isinstance(config, dict) else None
    if not isinstance(width, int):
        raise ModelError(f"model {name}: {file} states no embed_dim")
    return width
