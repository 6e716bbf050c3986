import json
from importlib.machinery import PathFinder

import pytest

from realsyn_lib.errors import EnvironmentFault, SettingError
from realsyn_lib.training import open_clip_options
from realsyn_lib.training.open_clip_options import model_config, texts_options


@pytest.fixture
def trainer(tmp_path, monkeypatch):
    """Return a function that puts an open_clip_train with this text in the installed one's place."""

    def put(text):
        package = tmp_path / "open_clip_train"
        package.mkdir()
        (package / "__init__.py").write_text("")
        (package / "params.py").write_text(text)
        found = PathFinder.find_spec
        monkeypatch.setattr(
            open_clip_options, "find_spec", lambda name: found(name, [str(tmp_path)])
        )

    return put


def test_an_open_clip_that_draws_texts_itself_is_told_of_all_four_with_even_chances(trainer):
    trainer('parser.add_argument("--json-text-key")')
    told = texts_options()
    assert told[:2] == ["--json-text-key", "text1;text2;text3;syn_text"]
    assert told[2:] == ["--json-text-key-probs", "0.25", "0.25", "0.25", "0.25"]


def test_any_other_open_clip_is_told_nothing(trainer):
    trainer('parser.add_argument("--csv-caption-key")')
    assert texts_options() is None


def test_where_open_clip_is_missing_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setattr(open_clip_options, "find_spec", lambda name: None)
    assert texts_options() is None
    with pytest.raises(EnvironmentFault, match=r"open_clip_torch is not installed.*\.\[train\]"):
        model_config("ViT-B-32")


def test_architectures_are_found_by_name_or_in_a_folder(tmp_path):
    assert model_config("ViT-B/32")["embed_dim"] == model_config("ViT-B-32")["embed_dim"] == 512
    (tmp_path / "open_clip_config.json").write_text(json.dumps({"model_cfg": {"embed_dim": 3}}))
    assert model_config(f"local-dir:{tmp_path}") == {"embed_dim": 3}


@pytest.mark.parametrize(
    ("text", "why"), [(None, "cannot be read"), ("{", "cannot be read"), ("{}", "no model_cfg")]
)
def test_a_folder_without_an_architecture_is_refused(tmp_path, text, why):
    if text is not None:
        (tmp_path / "open_clip_config.json").write_text(text)
    with pytest.raises(SettingError, match=why):
        model_config(f"local-dir:{tmp_path}")


def test_an_unknown_architecture_names_those_near_to_it():
    with pytest.raises(SettingError, match=r"ViT-B-33: .* near to it: ViT-B-32"):
        model_config("ViT-B-33")
