"""What the installed open_clip can do, told from its files: nothing of it is run."""

import difflib
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from realsyn_lib.errors import EnvironmentFault, SettingError
from realsyn_lib.models.open_clip_files import CONFIG_FILE
from realsyn_lib.release.records import TEXT_COLUMNS

LOCAL = "local-dir:"
_TEXTS_OPTION = "--json-text-key"


def texts_options() -> list[str] | None:
    """Return the options by which open_clip itself draws one of the four texts of a .json.

    None where the installed one does not know them, as 3.3.0 does not.
    """
    folder = _package("open_clip_train")
    options = folder / "params.py" if folder else None
    if options is None or not options.is_file():
        return None
    if _TEXTS_OPTION not in options.read_text(encoding="utf-8"):
        return None
    even = [str(1 / len(TEXT_COLUMNS))] * len(TEXT_COLUMNS)
    return [_TEXTS_OPTION, ";".join(TEXT_COLUMNS), f"{_TEXTS_OPTION}-probs", *even]


def model_config(name: str) -> dict[str, Any]:
    """Return the configuration of an architecture: its towers and their sizes.

    Args:
        name: of open_clip's own, or ``local-dir:`` and a folder with ``open_clip_config.json``.

    Raises:
        EnvironmentFault: open_clip is not installed.
        SettingError: there is no such architecture.
    """
    if name.startswith(LOCAL):
        return _local_config(Path(name.removeprefix(LOCAL)))
    package = _package("open_clip")
    if package is None:
        raise EnvironmentFault(
            "the package open_clip_torch is not installed; `pip install 'realsyn[train]'`, or in "
            "the checkout `pip install '.[train]'`"
        )
    known = {path.stem: path for path in (package / "model_configs").glob("*.json")}
    if name.replace("/", "-") not in known:
        near = difflib.get_close_matches(name, known, 3) or ["ViT-B-32", "ViT-B-16", "ViT-L-14"]
        raise SettingError(
            f"model {name}: open_clip knows no such architecture; near to it: {', '.join(near)}; "
            f"or {LOCAL}DIR, a folder with {CONFIG_FILE}"
        )
    found: dict[str, Any] = json.loads(known[name.replace("/", "-")].read_text(encoding="utf-8"))
    return found


def absolute_model(name: str) -> str:
    """Return a name that means the same in another folder."""
    folder = name.removeprefix(LOCAL)
    return f"{LOCAL}{Path(folder).absolute()}" if folder != name else name


def _local_config(folder: Path) -> dict[str, Any]:
    file = folder / CONFIG_FILE
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingError(f"model {LOCAL}{folder}: {file} cannot be read: {error}") from error
    config = found.get("model_cfg") if isinstance(found, dict) else None
    if not isinstance(config, dict):
        raise SettingError(f"model {LOCAL}{folder}: {file} has no model_cfg, as open_clip saves it")
    return config


def _package(name: str) -> Path | None:
    spec = find_spec(name)
    folders = spec.submodule_search_locations if spec else None
    return Path(folders[0]) if folders else None
