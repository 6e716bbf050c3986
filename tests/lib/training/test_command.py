import shlex
import subprocess
from dataclasses import replace

import pytest
from open_clip_train.params import parse_args

from realsyn_lib.config import load_config
from realsyn_lib.training.command import Training, open_clip_options, script, start_words
from realsyn_lib.training.open_clip_options import model_config
from realsyn_lib.training.shards import TrainingShards
from realsyn_lib.training.sizing import Machine, size_training

RECIPE = load_config("local").train
SHARDS = TrainingShards("/data/it's", 15_239_498, 1524, "digest")


def training(machine, shards=SHARDS, data="pipe:x"):
    sizing = size_training(RECIPE, machine, shards, model_config(RECIPE.model))
    return Training(RECIPE, machine, shards, sizing, "name", "/logs", "/py thon", data, ())


CPU = Machine(0, 2**34, 4)
GPUS = Machine(8, 80 * 2**30, 96)


def test_open_clip_reads_the_papers_recipe_out_of_the_options():
    """RealSyn, section 4.1 and table 7."""
    told = parse_args(open_clip_options(training(GPUS)))
    assert (told.model, told.epochs, told.lr, told.wd) == ("ViT-B-32", 32, 1e-3, 0.2)
    assert (told.beta1, told.beta2, told.eps, told.opt) == (0.9, 0.98, 1e-6, "adamw")
    assert told.batch_size * 8 * told.accum_freq == 4096
    assert told.lr_scheduler == "cosine" and told.warmup == 11942
    assert (told.train_num_samples, told.dataset_type, told.resume) == (
        15_239_498,
        "webdataset",
        "latest",
    )
    assert told.save_most_recent and told.save_frequency == 0
    assert told.local_loss and told.gather_with_grad and not told.dataset_resampled
    assert (told.precision, told.device) == ("amp_bf16", "cuda")


def test_one_device_needs_no_launcher_and_several_are_started_by_torchrun():
    assert start_words(training(CPU))[:4] == ["/py thon", "-m", "open_clip_train.main", "--model"]
    told = start_words(training(GPUS))
    assert told[1:8] == [
        "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "8", "-m", "open_clip_train.main",
    ]  # fmt: skip
    assert "--local-loss" not in start_words(training(CPU))


@pytest.mark.parametrize("machine", [CPU, GPUS], ids=["cpu", "gpus"])
def test_a_shell_starts_the_very_words(machine, tmp_path):
    """The interpreter's place is taken by a command that prints its words."""
    made = training(machine, data="pipe:'/my python' -m x '/it'\"'\"'s/{00000..00002}.tar' $HOME")
    python = tmp_path / "py thon"
    python.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    python.chmod(0o755)
    made = replace(made, python=str(python))
    answer = subprocess.run(
        ["sh", "-c", script(made, "/a b")], capture_output=True, text=True, check=True
    )
    assert answer.stdout.splitlines() == start_words(made)[1:]


def test_on_several_machines_the_first_is_named_by_a_variable():
    two = training(Machine(8, 80 * 2**30, 96, nodes=2))
    line = script(two, "/code").splitlines()[-1]
    assert (
        '--nnodes 2 --nproc-per-node 8 --rdzv-backend c10d --rdzv-endpoint "${MASTER_ADDR:?}'
        in line
    )
    assert parse_args(shlex.split(line.split("open_clip_train.main")[1])).batch_size == 256


def test_no_name_can_end_the_scripts_comments():
    evil = training(CPU, replace(SHARDS, sample_count=20))
    evil = replace(evil, recipe=RECIPE.model_copy(update={"model": "x\nrm -rf y"}))
    head = script(evil, "/code").partition("\nexport ")[0].splitlines()
    assert {line.split()[0] for line in head} == {"#!/bin/sh", "#"}
    assert "rm -rf y" in head[1]
