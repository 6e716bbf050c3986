"""realsyn train: the open_clip command that trains a CLIP on a tier by RealSyn's recipe."""

import argparse
import re
import sys
from dataclasses import replace
from pathlib import Path

from jobs.names import local_folder, local_or_uri
from jobs.runtime import add_common_arguments
from jobs.train.requirements import require_trainer
from jobs.train.start import start_training
from jobs.train.this_machine import this_machine
from jobs.train.tier_shards import tier_shards
from jobs.train.training_folder import last_checkpoint, write_training
from jobs.train.try_draw import require_drawn_text
from jobs.warehouse_files import files_beside
from realsyn_lib.config import TrainSettings, load_config
from realsyn_lib.errors import SettingError
from realsyn_lib.training.command import Training, summary
from realsyn_lib.training.open_clip_options import absolute_model, model_config, texts_options
from realsyn_lib.training.shards import TrainingShards, drawing_pipe
from realsyn_lib.training.sizing import Machine, size_training

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_CODE = Path(__file__).resolve().parents[2]


def add_parser(subparsers: argparse._SubParsersAction) -> None:  # type: ignore[type-arg]
    """Add the subcommand."""
    parser = subparsers.add_parser("train", help="train a CLIP on a tier by RealSyn's recipe")
    add_common_arguments(parser)
    parser.add_argument("--tier", required=True, help="name in balance.tiers")
    parser.add_argument("--model", help="open_clip's name; default: train.model")
    parser.add_argument("--shards", metavar="DIR", help="an export of the tier in webdataset")
    parser.add_argument("--to", metavar="DIR", help="default: trainings beside the tables")
    parser.add_argument("--name", help="of the training; default: tier and model")
    parser.add_argument("--start", action="store_true", help="train here, or go on with it")
    parser.add_argument("--gpus", type=int, metavar="N", help="of one machine; default: this one's")
    parser.add_argument("--gpu-memory", type=float, metavar="GB", help="of one GPU of that machine")
    parser.add_argument("--nodes", type=int, default=1, metavar="N", help="equal machines")
    parser.set_defaults(work=train)


def train(arguments: argparse.Namespace) -> int:
    """Write the script of the training and say what it does; run it where that is asked for."""
    recipe = load_config(arguments.env, arguments.settings).train
    recipe = recipe.model_copy(update={"model": absolute_model(arguments.model or recipe.model)})
    files = files_beside(arguments)
    place = local_or_uri(arguments.shards).rstrip("/") if arguments.shards else None
    shards = tier_shards(files, arguments.tier, place)
    config = model_config(recipe.model)
    require_trainer()
    machine = _machine(arguments)
    last_name = recipe.model.rpartition("/")[2]
    name = arguments.name or re.sub(r"[^A-Za-z0-9._-]+", "-", f"{arguments.tier}-{last_name}")
    logs = _logs(arguments, files, name)
    training = _training(recipe, machine, shards, config, name, logs)
    if not training.data_options:
        require_drawn_text(shards, str(_CODE))
    script = write_training(training, str(_CODE))
    _tell(training, script)
    if not arguments.start:
        return 0
    checkpoint = start_training(script)
    print(f"checkpoint: {checkpoint}")
    return 0


def _machine(arguments: argparse.Namespace) -> Machine:
    """Return the machine that is to train: this one, or the one that the arguments describe."""
    gpus, memory, nodes = arguments.gpus, arguments.gpu_memory, arguments.nodes
    if (gpus is not None and gpus < 1) or nodes < 1 or (memory is not None and memory <= 0):
        raise SettingError("--gpus, --gpu-memory and --nodes are numbers above 0")
    here = this_machine(nodes)
    if gpus is None and memory is None and nodes == 1:
        return here
    if arguments.start:
        raise SettingError(
            "--start trains on this machine alone, with all it has; leave out --gpus, --gpu-memory and "
            "--nodes, or run the script that is written without --start on the machines it is for"
        )
    if not here.gpus and (gpus is None or memory is None):
        raise SettingError("there is no GPU here to go by: say both --gpus and --gpu-memory")
    count = here.gpus if gpus is None else gpus
    room = here.memory_bytes if memory is None else int(memory * 2**30)
    cores = here.cores if here.gpus else 8 * count  # of a machine that is not this one
    return replace(here, gpus=count, memory_bytes=room, cores=cores)


def _logs(arguments: argparse.Namespace, files: str, name: str) -> str:
    """Return the folder of trainings: open_clip writes to a disk."""
    if not _NAME.fullmatch(name):
        raise SettingError(f"--name {name!r}: expected letters, digits, dots, dashes, at most 100")
    place = local_or_uri(arguments.to) if arguments.to else f"{files}/trainings"
    folder = local_folder(place)
    if folder is None:
        raise SettingError(
            f"{place} is no folder of this machine; say --to with one, for checkpoints"
        )
    return str(folder)


def _training(
    recipe: TrainSettings, machine: Machine, shards: TrainingShards, config: dict[str, object],
    name: str, logs: str,
) -> Training:  # fmt: skip
    """Put a training together: open_clip draws texts itself, or is given them by a pipe."""
    texts = texts_options()
    data = shards.pattern if texts else drawing_pipe(shards, sys.executable)
    sizing = size_training(recipe, machine, shards, config)
    return Training(
        recipe, machine, shards, sizing, name, logs, sys.executable, data, tuple(texts or ())
    )


def _tell(training: Training, script: Path) -> None:
    print(*summary(training), sep="\n")
    if before := last_checkpoint(script.parent):
        print(f"goes on from the last whole epoch: {before}")
    print(f"script: {script}")
