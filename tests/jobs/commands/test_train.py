"""realsyn train: the script, what is refused, and a training that is interrupted and goes on."""

import fcntl
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
import torch
from open_clip_train.data import get_wds_dataset
from open_clip_train.params import parse_args

from jobs.train import requirements
from tests.made_shards import COLOURS, publish_tier, texts_of
from tests.tiny_trainings import checkpoint, tiny_architecture

ROOT = Path(__file__).parents[3]
EPOCHS = 4


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory) -> Path:
    """A tier of 24 squares in three shards, in a place whose name a shell must be told with care."""
    folder = tmp_path_factory.mktemp("train") / "it's a warehouse"
    publish_tier(folder, "small", shards=3, rows=8)
    (folder / "_files/releases/bare/parquet").mkdir(parents=True)
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> str:
    return tiny_architecture(tmp_path_factory.mktemp("models") / "tiny")


def options_in(script: Path) -> list[str]:
    words = shlex.split(script.read_text().splitlines()[-1])
    return words[words.index("open_clip_train.main") + 1 :]


def scripted(run_command, warehouse, *more) -> tuple[str, Path]:
    code, out, err = run_command("train", "--warehouse", warehouse, "--tier", "small", *more)
    assert code == 0, err
    return out, Path(out.split("script: ")[1].strip())


def test_the_script_holds_the_recipe_for_this_tier_and_says_what_a_cpu_does(run_command, warehouse):
    out, script = scripted(run_command, warehouse)
    told = parse_args(options_in(script))
    assert (told.model, told.train_num_samples, told.epochs, told.lr) == ("ViT-B-32", 24, 32, 1e-3)
    assert (told.batch_size, told.accum_freq, told.device, told.precision) == (16, 1, "cpu", "fp32")
    assert "no GPU: this rehearses the training on the CPU" in out
    assert "batch 16 in place of 4096" in out
    assert script == warehouse / "_files/trainings/small-ViT-B-32/train.sh"
    assert os.access(script, os.X_OK)


def colour_shown(image) -> str:
    levels = image.getpixel((0, 0))
    return list(COLOURS)[levels.index(max(levels))]


def test_open_clips_loader_is_given_each_of_the_four_texts_of_each_picture(
    run_command, warehouse, monkeypatch
):
    """12 epochs of 24 squares: of each colour 96 texts, 24 of each kind expected; the deviation is 4.2."""
    _out, script = scripted(
        run_command, warehouse, "--name", "texts", "--set", "train.batch_size=8"
    )
    told = parse_args(options_in(script))
    told.world_size = 1
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    data = get_wds_dataset(told, colour_shown, True, tokenizer=lambda text: [text])
    counts = Counter()
    for epoch in range(12):
        data.set_epoch(epoch)
        for shown, texts in data.dataloader:
            counts.update(zip(shown, texts, strict=True))
    assert set(counts) == {(name, text) for name in COLOURS for text in texts_of(name).values()}
    assert sum(counts.values()) == 12 * 24
    assert all(abs(count - 24) < 5 * 4.2 for count in counts.values())


def test_eight_cards_elsewhere_are_started_by_torchrun(run_command, warehouse):
    out, script = scripted(
        run_command,
        warehouse,
        "--gpus",
        8,
        "--gpu-memory",
        80,
        "--name",
        "eight",
        "--model",
        "ViT-L-14",
    )
    assert "8 GPUs: 2 samples a pass, 1 passes a step" in out
    assert "-m torch.distributed.run --standalone --nproc-per-node 8" in script.read_text()
    assert parse_args(options_in(script)).local_loss


@pytest.mark.long
def test_a_training_that_is_interrupted_goes_on_from_its_last_epoch(run_command, warehouse, model):
    words = ["train", "--warehouse", str(warehouse), "--tier", "small", "--model", model, "--name", "run",
             "--set", f"train.epochs={EPOCHS}", "--set", "train.batch_size=8", "--start"]  # fmt: skip
    folder = warehouse / "_files/trainings/run"
    latest = folder / "checkpoints/epoch_latest.pt"
    with subprocess.Popen(
        [sys.executable, "-m", "jobs.cli", *words], cwd=ROOT, env={**os.environ, "PYTHONPATH": _path()},
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    ) as begun:  # fmt: skip
        while not latest.exists() and begun.poll() is None:
            time.sleep(0.05)
        begun.send_signal(signal.SIGTERM)
        said = begun.communicate()[1]
    assert begun.returncode == 130, said
    reached = checkpoint(latest)["epoch"]
    assert 1 <= reached < EPOCHS
    code, out, err = run_command(*words)
    assert code == 0, err
    assert f"goes on from the last whole epoch: {latest}" in out
    log = (folder / "out.log").read_text()
    assert f"epoch_latest.pt' (epoch {reached})" in log
    made = checkpoint(folder / f"checkpoints/epoch_{EPOCHS}.pt")
    steps = {int(state["step"]) for state in made["optimizer"]["state"].values()}
    assert (made["epoch"], steps) == (EPOCHS, {3 * EPOCHS})  # 24 samples in batches of 8
    assert all(torch.isfinite(weights).all() for weights in made["state_dict"].values())
    code, _out, err = run_command(*words, "--set", "train.learning_rate=0.5")
    assert code == 2
    assert "checkpoints of another learning_rate (0.001, now 0.5)" in err


def test_who_trains_in_a_folder_is_named_to_others(run_command, warehouse, model):
    words = ("--model", model, "--name", "held")
    _out, script = scripted(run_command, warehouse, *words)
    with (script.parent / "train.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write("4711")
        file.flush()
        code, _out, err = run_command(
            "train", "--warehouse", warehouse, "--tier", "small", *words, "--start"
        )
    assert code == 4
    assert "is being trained in by process 4711" in err


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--tier", "huge"], r"--tier huge is unknown; published .*: bare, small"),
        (["--tier", "bare"], "not published as webdataset; export it with"),
        (["--tier", "small", "--model", "ViT-B-33"], "no such architecture"),
        (["--tier", "small", "--name", "../x"], "expected letters"),
        (["--tier", "small", "--gpus", "0"], "numbers above 0"),
        (["--tier", "small", "--gpus", "8"], "say both --gpus and --gpu-memory"),
        (["--tier", "small", "--nodes", "2", "--start"], "--start trains on this machine alone"),
        (["--tier", "small", "--set", "train.epochs=0"], "train.epochs"),
        (["--tier", "small", "--to", "s3://bucket/x"], "is no folder of this machine"),
    ],
)  # fmt: skip
def test_what_cannot_be_trained_is_refused_with_a_word(run_command, warehouse, arguments, why):
    code, _out, err = run_command("train", "--warehouse", warehouse, *arguments)
    assert code == 2
    assert len(err.splitlines()) == 1
    assert re.search(why, err), err


def test_a_warehouse_that_is_not_there_is_refused(run_command, tmp_path):
    code, _out, err = run_command("train", "--warehouse", tmp_path / "gone", "--tier", "small")
    assert code == 2 and "there is no such folder" in err


def test_shards_of_another_tier_or_of_others_are_refused(run_command, warehouse, tmp_path):
    place = publish_tier(tmp_path, "other")
    for shards, why in ((place, "holds tier other as webdataset"), (tmp_path, "no _export.json")):
        code, _out, err = run_command(
            "train", "--warehouse", warehouse, "--tier", "small", "--shards", shards
        )
        assert code == 2 and why in err
    code, out, _err = run_command(
        "train", "--warehouse", warehouse, "--tier", "other", "--shards", place
    )
    assert code == 0 and "24 samples in 3 shards" in out


def test_shards_that_cannot_be_read_are_told_before_open_clip_waits_for_them(run_command, tmp_path):
    place = publish_tier(tmp_path, "small", shards=1)
    (place / "00000.tar").write_bytes(b"<html>" * 200)
    code, _out, err = run_command("train", "--warehouse", tmp_path, "--tier", "small")
    assert code == 2
    assert "no sample can be read" in err and "byte 0: b'l><html>' is no number" in err
    assert not (tmp_path / "_files/trainings").exists()


def test_a_webdataset_that_breaks_open_clips_loader_is_named(run_command, warehouse, monkeypatch):
    found = requirements.version
    monkeypatch.setattr(
        requirements, "version", lambda name: "1.0.2" if name == "webdataset" else found(name)
    )
    code, _out, err = run_command("train", "--warehouse", warehouse, "--tier", "small")
    assert code == 2
    assert (
        "webdataset is 1.0.2, expected" in err and "pip install 'open_clip_torch[training]'" in err
    )


def test_a_training_is_told_from_others_by_recipe_and_samples_not_by_devices(
    run_command, warehouse
):
    _out, here = scripted(run_command, warehouse, "--name", "same", "--set", "train.epochs=5")
    told = json.loads((here.parent / "training.json").read_text())
    assert (told["epochs"], told["batch_size"], told["samples"]) == (5, 16, 24)
    scripted(
        run_command,
        warehouse,
        "--name",
        "other",
        "--set",
        "train.epochs=5",
        "--gpus",
        4,
        "--gpu-memory",
        16,
    )
    assert json.loads((here.parents[1] / "other/training.json").read_text()) == told


def _path() -> str:
    return os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
