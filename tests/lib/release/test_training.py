import shlex
import subprocess

import pytest

from realsyn_lib.release import training
from realsyn_lib.release.training import how_to_train, train_command


def words(shards=1, all_texts=False):
    return shlex.split(train_command("out", 42, shards, all_texts))


@pytest.mark.parametrize(
    ("shards", "data"), [(1, "out/00000.tar"), (2, "out/{00000..00001}.tar"), (391, "out/{00000..00390}.tar")]
)  # fmt: skip
def test_the_command_names_all_shards_and_how_many_samples_they_have(shards, data):
    told = words(shards=shards)
    assert told[told.index("--train-data") + 1] == data
    assert told[told.index("--train-num-samples") + 1] == "42"


def test_all_four_texts_are_asked_for_where_that_is_wanted():
    told = words(all_texts=True)
    assert told[told.index("--json-text-key") + 1] == "text1;text2;text3;syn_text"
    first = told.index("--json-text-key-probs") + 1
    assert sum(map(float, told[first : first + 4])) == 1.0
    assert "--json-text-key" not in words()


@pytest.mark.parametrize("place", ["my shards", 'a"b', "$(rm -rf x)", "`id`", "back\\slash"])
def test_a_shell_sees_the_place_as_it_is(place):
    command = train_command(place, 42, 1, all_texts=False)
    shown = ["sh", "-c", f'set -- {command}; printf "%s\\n" "$@"']
    told = subprocess.run(shown, capture_output=True, text=True, check=True).stdout.splitlines()
    assert told[told.index("--train-data") + 1] == f"{place}/00000.tar"


@pytest.mark.parametrize(("knows", "lines"), [("--json-text-key", 1), ("--csv-caption-key", 2)])
def test_the_installed_open_clip_decides_which_command_is_shown(
    tmp_path, monkeypatch, knows, lines
):
    package = tmp_path / "open_clip_train"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "params.py").write_text(f"'{knows}'")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(training, "find_spec", lambda name: _spec(tmp_path, name))
    told = how_to_train("out", 42, 1)
    assert len(told) == lines
    assert ("--json-text-key" in told[0]) == (lines == 1)
    assert "--json-text-key" in told[-1]


def _spec(folder, name):
    from importlib.machinery import PathFinder

    return PathFinder.find_spec(name, [str(folder)])
