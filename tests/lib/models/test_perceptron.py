import json
import os
import pickle
from pathlib import Path

import pytest

from realsyn_lib.errors import ModelError
from realsyn_lib.models.perceptron import convert_perceptron, read_plain_pickle


class Runs:
    """Unpickling it would call os.system."""

    def __reduce__(self):
        return os.system, ("touch executed",)


def test_plain_data_is_read_as_pickle_would():
    data = ({"bias": {"NN": 0.5, "VB": -1.25}}, {"the": "DT"}, ["x", "x"])
    assert read_plain_pickle(pickle.dumps(data, protocol=2)) == data


def test_a_pickle_that_calls_a_function_is_refused_unexecuted(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match="system"):
        read_plain_pickle(pickle.dumps(Runs(), protocol=2))
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_no_protocol_lets_a_call_through(protocol):
    with pytest.raises(ModelError):
        read_plain_pickle(pickle.dumps(Runs(), protocol=protocol))


@pytest.mark.parametrize("data", [b"", b"\x80\x02", b"\x80\x02}q\x00", b"\x80\x02h\x07.", b"us."])
def test_a_cut_or_malformed_stream_is_an_error(data):
    with pytest.raises(ModelError):
        read_plain_pickle(data)


def old_pickle(*objects: bytes) -> bytes:
    """Protocol 2 as Python 2 wrote it: three objects and TUPLE3."""
    return b"\x80\x02" + b"".join(objects) + b"\x87."


WEIGHTS = b"}q\x01(U\x04bias}q\x02U\x02NNG\x3f\xe0\x00\x00\x00\x00\x00\x00su"  # {bias: {NN: .5}}
TAGS = b"}q\x03U\x03theU\x02DTs"
CLASSES = b"c__builtin__\nset\n](U\x02NNU\x02DTe\x85R"


def test_a_tagger_is_rewritten_as_json_with_sorted_classes(tmp_path: Path):
    (tmp_path / "perceptron.pickle").write_bytes(old_pickle(WEIGHTS, TAGS, CLASSES))
    convert_perceptron(tmp_path)
    assert json.loads((tmp_path / "perceptron.json").read_text()) == {
        "weights": {"bias": {"NN": 0.5}},
        "tags": {"the": "DT"},
        "classes": ["DT", "NN"],
    }
    assert [path.name for path in tmp_path.iterdir()] == ["perceptron.json"]


def test_a_pickle_of_something_else_is_an_error(tmp_path: Path):
    (tmp_path / "perceptron.pickle").write_bytes(old_pickle(TAGS, TAGS, TAGS))
    with pytest.raises(ModelError, match="expected"):
        convert_perceptron(tmp_path)
