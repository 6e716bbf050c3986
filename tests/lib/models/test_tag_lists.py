from pathlib import Path

import pytest

from realsyn_lib.errors import ModelError, SettingError
from realsyn_lib.models.registry import Registry, load_registry, parse_registry
from realsyn_lib.models.tag_lists import parse_tags, read_tags
from realsyn_lib.resources import resource_path

ENCODER = """
models:
  eyes: {role: encoder, licence: MIT, memory_mb: 1, width: 8,
         source: {kind: open_clip, architecture: ViT-B-32, tag: openai}}
"""


def tagger_over(*files: Path, extra: str = "") -> Registry:
    names = ", ".join(f"'{file}'" for file in files)
    entry = f"""
  any:
    role: tagger
    licence: own
    memory_mb: 1
    source: {{kind: composed, loader: zero_shot, parts: {{encoder: eyes}}, tags: [{names}]{extra}}}
"""
    return parse_registry(ENCODER + entry, where="test")


def test_a_list_holds_a_tag_a_line_and_comments():
    assert parse_tags("# mine\n\n red   fox \nC# book\n") == ["red fox", "C# book"]


@pytest.mark.parametrize("line", ["x" * 101, "a\x07b"])
def test_a_line_that_is_no_tag_is_refused_with_its_number(line):
    with pytest.raises(ValueError, match="line 2 is no tag"):
        parse_tags(f"fox\n{line}\n")


def test_lists_stand_one_behind_the_other_and_the_first_of_equal_tags_counts(tmp_path: Path):
    for name, text in (("one", "fox\nowl\n"), ("two", "Owl\nFox\nbee\n")):
        (tmp_path / name).write_text(text)
    assert read_tags("any", [f"{tmp_path}/two", f"{tmp_path}/one"]) == ["Owl", "Fox", "bee"]


def test_the_bundled_list_is_found_by_its_name():
    tags = read_tags("any", ["everyday.txt"])
    assert tags[:2] == ["person", "man"]
    assert len(tags) > 300


@pytest.mark.parametrize("text", [None, "", "# nothing\n", "\udcff"])
def test_a_list_that_is_missing_empty_or_no_text_is_an_error(tmp_path: Path, text):
    if text is not None:
        (tmp_path / "tags").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ModelError, match=f"model any: .*{tmp_path}/tags"):
        tagger_over(tmp_path / "tags").digest("any")


def test_the_digest_follows_the_tags_and_the_templates_but_not_the_place(tmp_path: Path):
    for name, text in (("one", "fox\nowl\n"), ("two", "# same\nfox\nowl"), ("three", "owl\nfox\n")):
        (tmp_path / name).write_text(text)
    one, two, three = (
        tagger_over(tmp_path / name).digest("any") for name in ("one", "two", "three")
    )
    assert one == two
    assert one != three
    other = tagger_over(tmp_path / "one", extra=", templates: ['a {}']")
    assert other.digest("any") != one


def test_a_template_without_a_place_for_the_tag_is_refused():
    with pytest.raises(SettingError, match="templates"):
        tagger_over(Path("/tags"), extra=", templates: ['a photo']")


def test_the_parts_of_a_zero_shot_tagger_are_known():
    registry = load_registry(resource_path("conf", "models.yaml"))
    parts = ("bridge", "bridge-map", "efficientnet-lite0", "minilm-l6", "zero-shot")
    assert registry.with_parts("zero-shot") == parts
