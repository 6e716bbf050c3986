import shlex
import subprocess

import pytest

from realsyn_lib.release.training import how_to_train, train_command


@pytest.mark.parametrize(
    ("shards", "data"), [(1, "out/00000.tar"), (2, "out/{00000..00001}.tar"), (391, "out/{00000..00390}.tar")]
)  # fmt: skip
def test_the_command_names_all_shards_and_how_many_samples_they_have(shards, data):
    told = shlex.split(train_command("out", 42, shards))
    assert told[told.index("--train-data") + 1] == data
    assert told[told.index("--train-num-samples") + 1] == "42"


@pytest.mark.parametrize("place", ["my shards", 'a"b', "$(rm -rf x)", "`id`", "back\\slash"])
def test_a_shell_sees_the_place_as_it_is(place):
    command = train_command(place, 42, 1)
    shown = ["sh", "-c", f'set -- {command}; printf "%s\\n" "$@"']
    told = subprocess.run(shown, capture_output=True, text=True, check=True).stdout.splitlines()
    assert told[told.index("--train-data") + 1] == f"{place}/00000.tar"


def test_a_person_is_told_of_the_recipe_and_of_open_clip_alone():
    recipe, alone = how_to_train("my shards", 42, 1, "build/demo", "small")
    assert shlex.split(recipe.partition(": ")[2]) == [
        "realsyn", "train", "--warehouse", "build/demo", "--tier", "small", "--shards", "my shards",
    ]  # fmt: skip
    assert alone.endswith(train_command("my shards", 42, 1))
