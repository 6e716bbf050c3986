"""realsyn demo: its arguments are those it honours."""

import pytest

from jobs.cli import build_parser


def test_the_demo_has_a_warehouse_of_its_own_unless_another_is_named():
    assert build_parser(["demo"]).parse_args(["demo"]).warehouse == "build/demo"
    chosen = build_parser(["demo"]).parse_args(["demo", "--warehouse", "mine", "--limit", "5"])
    assert (chosen.warehouse, chosen.limit) == ("mine", 5)


@pytest.mark.parametrize("argument", ["--input=mine", "--format=obelics", "--image-root=mine"])
def test_the_demos_input_cannot_be_chosen(argument, capsys):
    with pytest.raises(SystemExit) as ended:
        build_parser(["demo"]).parse_args(["demo", argument])
    assert ended.value.code == 2
    assert f"unrecognized arguments: {argument}" in capsys.readouterr().err
