import argparse
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from jobs.commands import models as models_command
from realsyn_lib.errors import ModelError, SettingError
from realsyn_lib.models.cache import model_folder
from realsyn_lib.models.fetch import write_manifest
from realsyn_lib.models.registry import Registry, load_registry
from realsyn_lib.resources import resource_path


@pytest.fixture
def registry() -> Registry:
    return load_registry(resource_path("conf", "models.yaml"))


def cached(registry: Registry, name: str, root: Path) -> Path:
    """A folder that looks fetched."""
    folder = model_folder(registry, name, root)
    folder.mkdir(parents=True)
    (folder / "weights").write_bytes(b"sound")
    write_manifest(folder, name, registry.digest(name))
    return folder


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    models_command.add_parser(parser.add_subparsers())
    return parser.parse_args(["models", *words])


def test_the_local_profile_needs_its_models_and_their_parts(registry):
    assert set(models_command.local_models(registry)) >= {"bridge", "efficientnet-lite0", "punkt"}
    assert "eva02-e-14-plus" not in models_command.local_models(registry)


def test_the_list_says_what_is_missing_and_what_is_fetched(registry, tmp_path):
    cached(registry, "punkt", tmp_path)
    console = Console(file=StringIO(), width=200)
    models_command.list_models(registry, tmp_path, console)
    lines = {line.split()[1]: line for line in console.file.getvalue().splitlines()[3:-1]}
    assert "fetched" in lines["punkt"]
    assert "missing" in lines["light"]
    assert "nothing to fetch" in lines["bridge"]
    assert "missing" in lines["en-core-web-sm"]


def test_check_passes_sound_files_and_names_a_wrong_one(registry, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("REALSYN_MODELS", str(tmp_path))
    folder = cached(registry, "punkt", tmp_path)
    assert models_command.run(parsed("check")) == 0
    assert "punkt: sound" in capsys.readouterr().out
    (folder / "weights").write_bytes(b"wrong")
    with pytest.raises(ModelError, match="weights: sha256 is") as caught:
        models_command.run(parsed("check"))
    assert caught.value.exit_code == 2


def test_a_name_that_is_unknown_is_refused_before_anything_is_fetched(tmp_path, monkeypatch):
    monkeypatch.setenv("REALSYN_MODELS", str(tmp_path))
    with pytest.raises(SettingError, match="'nothing'"):
        models_command.run(parsed("fetch", "nothing"))
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_not_fetched_again(registry, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("REALSYN_MODELS", str(tmp_path))
    cached(registry, "punkt", tmp_path)
    assert models_command.run(parsed("fetch", "punkt")) == 0
    assert "0 models to fetch, 1 ready" in capsys.readouterr().out
