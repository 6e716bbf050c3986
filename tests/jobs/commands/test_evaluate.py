"""realsyn evaluate, with a CLIP whose answers can be worked out by hand (tests/colour_clip.py)."""

import json
import pickle
from pathlib import Path

import pytest
import torch

from tests.colour_clip import NAMES, colour_clip
from tests.made_benchmarks import classification_set, picture, retrieval_set
from tests.made_tars import write_tar
from tests.tiny_trainings import tiny_architecture

# Shown, told: the CLIP names what is shown, so the fourth of five is counted as wrong.
ROWS = [("red", "red"), ("green", "green"), ("blue", "blue"), ("red", "green"), ("red", "red")]
RIGHT = 4 / 5
PER_CLASS = (1 + 1 / 2 + 1) / 3  # red 2 of 2, green 1 of 2, blue 1 of 1
# The blue square is captioned red: its text looks for a red square, and it finds a green or red text first.
CAPTIONED = [("red", ["red", "a red wall"]), ("green", ["green"]), ("blue", ["red"])]
ALL_TASKS = ("zeroshot_classification", "zeroshot_retrieval", "linear_probe")


@pytest.fixture(scope="module")
def weights(tmp_path_factory) -> Path:
    return colour_clip(tmp_path_factory.mktemp("clip"))


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    train = [(name, name) for name in NAMES * 8]
    classification_set(folder / "wds_vtab-pets", {"test": ROWS, "train": train}, shards=2)
    retrieval_set(folder / "wds_flickr30k", CAPTIONED)
    return folder


@pytest.fixture
def evaluate(run_command, weights, tmp_path):
    """Return a function: folder of sets, more arguments -> exit code, output, errors, records."""
    (tmp_path / "warehouse").mkdir(exist_ok=True)
    named = ("--checkpoint", weights, "--model", f"local-dir:{weights.parent}")

    def run(data, *more, model=named):
        code, out, err = run_command(
            "evaluate", "--warehouse", tmp_path / "warehouse", "--data", data, *model, *more
        )
        file = Path(out.split("records: ")[1].strip()) if code == 0 else None
        return code, out, err, _records(file)

    return run


def _records(file: Path | None) -> list[dict]:
    return [json.loads(line) for line in file.read_text().splitlines()] if file else []


def test_every_task_gives_what_can_be_worked_out_by_hand(evaluate, data):
    code, out, err, records = evaluate(data, "--tasks", *ALL_TASKS)
    assert code == 0, err
    found = {record["task"]: record for record in records}
    zero_shot, retrieval, probe = (found[task]["metrics"] for task in ALL_TASKS)
    assert zero_shot["acc1"] == pytest.approx(RIGHT)
    assert zero_shot["acc5"] is None  # of three classes
    assert zero_shot["mean_per_class_recall"] == pytest.approx(PER_CLASS)
    assert retrieval["text_retrieval_recall@1"] == pytest.approx(2 / 3)
    assert retrieval["image_retrieval_recall@1"] == pytest.approx(3 / 4)
    assert retrieval["text_retrieval_recall@5"] == retrieval["image_retrieval_recall@10"] == 1.0
    assert (probe["lp_acc1"], probe["epochs"], probe["fewshot_k"]) == (pytest.approx(RIGHT), 10, -1)
    assert "RealSyn's zero-shot transfer: 1 of 20 sets, mean 0.8333; without food101" in out
    assert "RealSyn's retrieval, R@1 of images: 1 of 2 sets, mean 0.7500" in out


def test_a_record_has_the_keys_of_clip_benchmark_and_says_how_many_images_counted(
    evaluate, data, weights
):
    _code, _out, _err, records = evaluate(data, "--sets", "pets")
    (record,) = records
    assert {name: record[name] for name in ("dataset", "model", "pretrained", "task", "language")} == {
        "dataset": "wds/pets", "model": f"local-dir:{weights.parent}", "pretrained": str(weights),
        "task": "zeroshot_classification", "language": "en",
    }  # fmt: skip
    assert (record["images"], record["images_left_out"], record["left_out"]) == (5, 0, {})


def test_what_is_known_is_not_measured_again_unless_files_or_words_ask_for_it(
    evaluate, data, tmp_path
):
    sets = tmp_path / "sets"
    classification_set(sets / "cars", {"test": ROWS})
    _code, first, _err, before = evaluate(sets)
    assert "zeroshot_classification on cars: 5 images" in first
    code, second, _err, again = evaluate(sets)
    assert (code, again) == (0, before) and "5 images in" not in second and "0.8" in second
    assert "5 images in" in evaluate(sets, "--force")[1]
    classification_set(sets / "cars", {"test": ROWS[:3]})
    _code, _out, _err, after = evaluate(sets)
    assert [record["metrics"]["acc1"] for record in after] == [1.0]


def test_images_that_cannot_be_used_are_left_out_and_counted(evaluate, tmp_path):
    folder = classification_set(tmp_path / "sets/cars", {"test": ROWS})
    write_tar(folder / "test/0.tar", {
        "a.jpg": picture("red"), "a.cls": b"0", "b.jpg": b"<html>", "b.cls": b"0",
        "c.jpg": picture("blue")[:400], "c.cls": b"2", "d.jpg": picture("red"), "d.cls": b"7",
    })  # fmt: skip
    code, out, err, records = evaluate(tmp_path / "sets")
    assert code == 0, err
    assert records[0]["metrics"]["acc1"] == 1.0
    assert (records[0]["images"], records[0]["images_left_out"]) == (1, 3)
    assert records[0]["left_out"]["bad_label"] == records[0]["left_out"]["not_an_image"] == 1
    assert "left out" in out


def test_a_set_without_a_sound_image_is_an_empty_result(evaluate, tmp_path):
    folder = classification_set(tmp_path / "cars", {"test": ROWS})
    write_tar(folder / "test/0.tar", {"a.jpg": b"<html>", "a.cls": b"0"})
    code, _out, err, _records = evaluate(tmp_path)
    assert code == 3
    assert "set cars has no sound image in test: {'not_an_image': 1}" in err


class _Flag:
    """Unpickled, it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.parametrize("kind", ["pickle", "torch"])
def test_a_checkpoint_that_would_run_code_is_refused_and_has_not_run_it(
    evaluate, data, tmp_path, kind
):
    flag, file = tmp_path / "flag", tmp_path / "evil.pt"
    if kind == "pickle":
        file.write_bytes(pickle.dumps(_Flag(flag)))
    else:
        torch.save({"state_dict": {"x": torch.zeros(1)}, "evil": _Flag(flag)}, file)
    code, _out, err, _ = evaluate(data, model=("--checkpoint", file, "--model", "ViT-B-32"))
    assert code == 2
    assert "open_clip cannot load" in err
    assert not flag.exists()


def test_nothing_in_a_set_is_unpickled(evaluate, tmp_path):
    """webdataset's own decoder would unpickle a member that ends in .pyd or .pickle."""
    folder, flag = classification_set(tmp_path / "cars", {"test": ROWS}), tmp_path / "flag"
    evil = pickle.dumps(_Flag(flag))
    write_tar(folder / "test/0.tar", {
        "a.jpg": picture("red"), "a.cls": b"0", "a.pyd": evil, "a.pickle": evil, "a.pth": evil,
    })  # fmt: skip
    code, _out, _err, records = evaluate(tmp_path)
    assert (code, records[0]["images"], flag.exists()) == (0, 1, False)


def test_weights_of_another_architecture_are_refused(evaluate, data, weights, tmp_path):
    other = tiny_architecture(tmp_path / "tiny")
    code, _out, err, _ = evaluate(data, model=("--checkpoint", weights, "--model", other))
    assert code == 2 and "open_clip cannot load" in err


@pytest.mark.parametrize(
    ("model", "why"),
    [
        ((), "name one model"),
        (("--encoder", "bridge", "--checkpoint", "x.pt"), "name one model"),
        (("--pretrained", "laion2b_s34b_b79k"), "needs --model"),
        (("--model", "ViT-B-33", "--pretrained", "x"), "no such architecture"),
        (("--encoder", "no-such"), "no model is called"),
        (("--checkpoint", "/gone.pt"), "there is no such file"),
    ],
)
def test_a_model_that_is_not_there_is_refused(evaluate, data, model, why):
    code, _out, err, _ = evaluate(data, model=model)
    assert code == 2 and why in err


def test_a_checkpoint_says_nothing_of_its_architecture_without_open_clips_log(
    evaluate, data, weights
):
    code, _out, err, _ = evaluate(data, model=("--checkpoint", weights))
    assert code == 2 and "say --model NAME" in err


def test_the_log_of_a_training_names_the_architecture(evaluate, data, weights, tmp_path):
    place = tmp_path / "run/checkpoints/epoch_1.safetensors"
    place.parent.mkdir(parents=True)
    place.write_bytes(weights.read_bytes())
    (tmp_path / "run/params.txt").write_text(f"lr: 0.1\nmodel: local-dir:{weights.parent}\n")
    code, _out, err, records = evaluate(data, "--sets", "transfer", model=("--checkpoint", place))
    assert code == 0, err
    assert records[0]["metrics"]["acc1"] == pytest.approx(RIGHT)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (("--sets", "food101"), "--sets food101: not in"),
        (("--sets", "robustness"), "none of its sets fits"),
        (("--sets", "flickr30k", "--tasks", "linear_probe"), "none of its sets fits linear_probe"),
    ],
)
def test_sets_that_are_not_there_are_named(evaluate, data, more, why):
    code, _out, err, _ = evaluate(data, *more)
    assert code == 2 and why in err and "pets" in err


def test_a_list_of_the_papers_is_measured_by_its_own_task(evaluate, data):
    _code, out, _err, records = evaluate(data, "--sets", "linear_probe")
    assert [record["task"] for record in records] == ["linear_probe"]
    assert "RealSyn's linear probe: 1 of 20 sets" in out


@pytest.mark.models
def test_an_encoder_of_the_local_profile_can_be_measured(evaluate, models, tmp_path):
    """The bridge knows ImageNet's classes."""
    koala = Path(__file__).parents[3] / "samples/pages/animals/images/koala.jpg"
    folder = classification_set(tmp_path / "sets/animals", {"test": ROWS})
    write_tar(folder / "test/0.tar", {"a.jpg": koala.read_bytes(), "a.cls": b"0"})
    (folder / "classnames.txt").write_text("koala\ngrand piano\naircraft carrier\n")
    code, _out, err, records = evaluate(tmp_path / "sets", model=("--encoder", "bridge"))
    assert code == 0, err
    assert (records[0]["metrics"]["acc1"], records[0]["pretrained"]) == (1.0, "models.yaml")
