from pathlib import Path

import pytest

from realsyn_lib.errors import ModelError, SettingError
from realsyn_lib.models.registry import Registry, known_models, load_registry, parse_registry
from realsyn_lib.resources import resource_path

SHA = "a" * 64
TAGGER = f"""
  eyes:
    role: tagger
    licence: MIT
    memory_mb: 1
    source:
      kind: wheel
      loader: data
      wheels:
        - {{distribution: eyes, version: "1.0", sha256: {SHA}, members: [
            {{path: eyes/w.bin, file: w.bin, sha256: {SHA}, size_bytes: 3}}]}}
"""


def parsed(*entries: str) -> Registry:
    return parse_registry("models:\n" + "".join(entries), where="test.yaml")


def refused(text: str) -> str:
    with pytest.raises(SettingError) as caught:
        parsed(text)
    return str(caught.value)


def test_the_bundled_models_file_is_sound():
    registry = load_registry(resource_path("conf", "models.yaml"))
    assert registry.get("bridge", "encoder").width == 384
    assert registry.with_parts("bridge") == (
        "bridge",
        "bridge-map",
        "efficientnet-lite0",
        "minilm-l6",
    )


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(SettingError, match=r"'ears'; known: eyes"):
        parsed(TAGGER).get("ears")


def test_a_model_of_another_role_is_refused():
    with pytest.raises(SettingError, match="'eyes' is a tagger"):
        parsed(TAGGER).get("eyes", "captioner")


def test_an_unknown_key_is_refused_with_its_place():
    message = refused(TAGGER.replace("memory_mb: 1", "memory_mb: 1\n    colour: red"))
    assert "test.yaml: models.eyes.colour" in message


@pytest.mark.parametrize("path", ["../w.bin", "/w.bin", "eyes/../../w.bin", "eyes//w.bin", "a\\b"])
def test_a_member_path_that_could_leave_the_wheel_is_refused(path):
    assert "path" in refused(TAGGER.replace("eyes/w.bin", path))


@pytest.mark.parametrize("file", ["sub/w.bin", ".hidden", "..", ""])
def test_a_file_name_that_is_not_plain_is_refused(file):
    assert "file" in refused(TAGGER.replace("file: w.bin", f"file: '{file}'"))


def test_a_hub_model_without_a_commit_is_refused():
    entry = """
  any:
    role: language_model
    licence: MIT
    memory_mb: 1
    source: {kind: hub, loader: transformers, repository: some/model, revision: main}
"""
    assert "revision" in refused(entry)


def test_an_encoder_must_state_its_width():
    entry = """
  any:
    role: encoder
    licence: MIT
    memory_mb: 1
    source: {kind: open_clip, architecture: ViT-B-32, tag: openai}
"""
    assert "must state its width" in refused(entry)


def test_a_part_that_is_missing_is_refused():
    entry = """
  any:
    role: encoder
    licence: MIT
    memory_mb: 1
    width: 8
    source: {kind: composed, loader: bridge, parts: {tagger: eyes, text_encoder: ears}}
"""
    assert "ears is not a known model of role text_encoder" in refused(TAGGER + entry)


def test_text_that_is_not_yaml_is_refused():
    assert "not YAML" in refused("  eyes: [")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(SettingError, match="cannot be read"):
        load_registry(tmp_path / "none.yaml")


def test_the_digest_ignores_notes_and_follows_pinned_bytes():
    here = parsed(TAGGER).digest("eyes")
    assert parsed(TAGGER.replace("licence: MIT", "licence: BSD")).digest("eyes") == here
    assert parsed(TAGGER.replace(SHA, "b" * 64)).digest("eyes") != here


SERVER = """
models:
  served:
    role: generator
    licence: own
    memory_mb: 0
    source:
      {kind: server, base_url: 'http://one/v1', served_model: big, revision: '1', timeout_s: 5}
"""


def test_a_server_may_move_and_be_waited_for_longer_but_not_serve_another_model():
    here = parsed(SERVER).digest("served")
    moved = SERVER.replace("http://one/v1", "http://two/v1").replace("timeout_s: 5", "timeout_s: 6")
    assert parsed(moved).digest("served") == here
    assert parsed(SERVER.replace("'1'", "'2'")).digest("served") != here
    assert parsed(SERVER.replace("big", "small")).digest("served") != here


def test_the_digest_of_a_composed_model_follows_its_parts():
    registry = load_registry(resource_path("conf", "models.yaml"))
    parts = registry.models["minilm-l6"]
    moved = parts.model_copy(update={"width": 385})
    changed = Registry(models={**registry.models, "minilm-l6": moved})
    assert changed.digest("bridge") != registry.digest("bridge")


def folder_model(path: Path, sha256: str = "null") -> Registry:
    return parsed(f"""
  own:
    role: language_model
    licence: own
    memory_mb: 1
    source: {{kind: folder, path: {path}, loader: transformers, sha256: {sha256}}}
""")


def test_the_digest_of_a_folder_follows_its_bytes_and_not_its_place(tmp_path: Path):
    for name, text in (("one", "{}"), ("two", "{}"), ("three", "{ }")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text(text)
    one, two, three = (
        folder_model(tmp_path / name).digest("own") for name in ("one", "two", "three")
    )
    assert one == two
    assert one != three


def test_a_folder_other_than_pinned_is_an_error(tmp_path: Path):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelError, match="restore the folder"):
        folder_model(tmp_path, SHA).digest("own")


def test_an_empty_folder_is_an_error(tmp_path: Path):
    with pytest.raises(ModelError, match="no weight file"):
        folder_model(tmp_path).digest("own")


def own_models(tmp_path, entry: str) -> dict[str, str]:
    file = tmp_path / "own.yaml"
    file.write_text(f"models: {{{entry}}}", encoding="utf-8")
    return {"REALSYN_MODELS_FILE": str(file)}


def test_an_own_entry_may_be_made_of_shipped_models(tmp_path):
    source = "{kind: composed, loader: zero_shot, parts: {encoder: bridge}, tags: [everyday.txt]}"
    entry = f"mine: {{role: tagger, licence: own, memory_mb: 1, source: {source}}}"
    registry = known_models(own_models(tmp_path, entry))
    assert "minilm-l6" in registry.with_parts("mine")
    assert registry.get("bridge", "encoder").width == 384


def test_an_own_entry_that_breaks_a_shipped_one_is_named_with_its_file(tmp_path):
    source = "{kind: built_in, loader: tags_sentence}"
    entry = f"bridge: {{role: captioner, licence: own, memory_mb: 1, source: {source}}}"
    with pytest.raises(SettingError, match=r"own\.yaml: .*bridge"):
        known_models(own_models(tmp_path, entry))


def test_a_models_file_of_another_shape_is_refused(tmp_path):
    file = tmp_path / "own.yaml"
    file.write_text("bridge: {}", encoding="utf-8")
    with pytest.raises(SettingError, match=r"own\.yaml: expected one mapping `models`"):
        known_models({"REALSYN_MODELS_FILE": str(file)})
