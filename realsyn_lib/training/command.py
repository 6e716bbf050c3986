"""The open_clip command of a training."""

import shlex
from dataclasses import dataclass

from realsyn_lib.config import TrainSettings
from realsyn_lib.training.shards import TrainingShards
from realsyn_lib.training.sizing import Machine, Sizing

_MODULE = "open_clip_train.main"
_RESUMES = "Run again after an interruption, it goes on from the last whole epoch."
_NODES = '--rdzv-backend c10d --rdzv-endpoint "${MASTER_ADDR:?}:${MASTER_PORT:-29500}"'


@dataclass(frozen=True)
class Training:
    """What is trained on what, by what, and where it is written.

    Attributes:
        name: folder below ``logs`` of its log, parameters and checkpoints.
        logs: folder on a disk of the machine that trains.
        python: interpreter that has open_clip and this package.
        data: what open_clip opens: names of shards, or a pipe that draws texts.
        data_options: options of open_clip by which it draws the texts itself, or none.
    """

    recipe: TrainSettings
    machine: Machine
    shards: TrainingShards
    sizing: Sizing
    name: str
    logs: str
    python: str
    data: str
    data_options: tuple[str, ...]


def open_clip_options(training: Training) -> list[str]:
    """Return the options of ``open_clip_train.main``.

    The schedule is open_clip's cosine: a straight rise to the recipe's rate, half a cosine to 0.
    The same options begin a training and go on with one that was interrupted, from its last epoch.
    """
    recipe, sizing, machine = training.recipe, training.sizing, training.machine
    steps_of_epoch = sizing.steps // recipe.epochs
    options = {
        "--model": recipe.model,
        "--dataset-type": "webdataset",
        "--train-data": training.data,
        "--train-num-samples": training.shards.sample_count,
        "--batch-size": sizing.rows,
        "--accum-freq": sizing.passes,
        "--epochs": recipe.epochs,
        "--lr": recipe.learning_rate,
        "--wd": recipe.weight_decay,
        "--beta1": recipe.beta1,
        "--beta2": recipe.beta2,
        "--eps": recipe.eps,
        "--lr-scheduler": "cosine",
        "--warmup": sizing.warmup,
        "--precision": machine.precision,
        "--device": "cuda" if machine.gpus else "cpu",
        "--workers": sizing.workers,
        "--seed": recipe.seed,
        "--logs": training.logs,
        "--name": training.name,
        "--save-frequency": 0,
        "--resume": "latest",
        "--log-every-n-steps": max(1, min(100, steps_of_epoch)),
    }
    words = [str(word) for pair in options.items() for word in pair] + ["--save-most-recent"]
    words += [*training.data_options, *(["--dataset-resampled"] if sizing.is_resampled else [])]
    return words + (["--local-loss", "--gather-with-grad"] if machine.devices > 1 else [])


def start_words(training: Training) -> list[str]:
    """Return the words that start it on one machine: alone, or by torchrun a process for each GPU."""
    gpus = training.machine.gpus
    if gpus < 2:
        return [training.python, "-m", _MODULE, *open_clip_options(training)]
    launcher = [training.python, "-m", "torch.distributed.run", "--standalone"]
    return [*launcher, "--nproc-per-node", str(gpus), "-m", _MODULE, *open_clip_options(training)]


def summary(training: Training) -> list[str]:
    """Return lines that tell a person what is trained, how, and what is not as the recipe has it."""
    recipe, sizing, machine = training.recipe, training.sizing, training.machine
    device = "GPU" if machine.gpus else "CPU"
    return [
        f"{recipe.model} on {training.shards.sample_count:,} samples in "
        f"{training.shards.shard_count:,} shards",
        f"{recipe.epochs} epochs, {sizing.steps:,} steps of {sizing.batch:,} samples, {sizing.warmup:,} "
        "of them warm-up",
        f"{machine.devices} {device}{'s' if machine.devices > 1 else ''}: {sizing.rows:,} samples a pass, "
        f"{sizing.passes} passes a step, {sizing.workers} workers each, {machine.precision}",
        *sizing.notes,
    ]


def script(training: Training, path: str) -> str:
    """Return a shell script that starts the training, or goes on with it.

    On several machines it is to be run on each, with MASTER_ADDR naming the first.

    Args:
        training: what is to be started.
        path: folder in which Python finds this package.
    """
    lines = ["#!/bin/sh", *(f"# {_one_line(line)}" for line in summary(training)), f"# {_RESUMES}"]
    lines.append(f"export PYTHONPATH={shlex.quote(path)}${{PYTHONPATH:+:$PYTHONPATH}}")
    return "\n".join([*lines, f"exec {_start_line(training)}", ""])


def _start_line(training: Training) -> str:
    machine = training.machine
    if machine.nodes == 1:
        return shlex.join(start_words(training))
    launcher = [training.python, "-m", "torch.distributed.run"]
    launcher += ["--nnodes", str(machine.nodes), "--nproc-per-node", str(max(1, machine.gpus))]
    rest = shlex.join(["-m", _MODULE, *open_clip_options(training)])
    return f"{shlex.join(launcher)} {_NODES} {rest}"


def _one_line(text: str) -> str:
    """A newline in a name must not end the comment."""
    return " ".join(text.split())
