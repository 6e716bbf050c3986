"""Each fuzz target for a few hundred inputs, and that a target can fail; longer by `make fuzz`."""

import pytest

from tests import fuzz as fuzzing
from tests.fuzz_targets import TARGETS, Target, plain


@pytest.mark.parametrize("name", TARGETS)
def test_three_hundred_changed_inputs_meet_what_is_promised(name):
    tried, finds = fuzzing.fuzz(name, seed=1, seconds=300, most=300)
    assert finds == []
    assert tried == 300


def test_an_answer_that_breaks_a_promise_is_found_and_its_input_told(monkeypatch, capsys):
    def check(data: bytes) -> None:
        assert b"<" not in data, "an angle"

    monkeypatch.setitem(TARGETS, "wrong", Target(plain(check), lambda: [b"abc"]))
    tried, finds = fuzzing.fuzz("wrong", seed=1, seconds=20)
    assert len(finds) == 5 and all(b"<" in data for data in finds)
    assert tried > 5
    assert "AssertionError: an angle" in capsys.readouterr().out


def test_the_same_seed_draws_the_same_inputs(monkeypatch):
    def drawn(seed: int) -> list[bytes]:
        seen: list[bytes] = []
        monkeypatch.setitem(TARGETS, "all", Target(plain(seen.append), lambda: [b"abc", b"defg"]))
        fuzzing.fuzz("all", seed, 20, most=50)
        return seen

    assert drawn(3) == drawn(3) != drawn(4)
