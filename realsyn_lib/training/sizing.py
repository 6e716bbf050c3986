"""RealSyn's batch on the machine at hand: rows of a pass, passes of a step, workers, warm-up."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from realsyn_lib.config import TrainSettings
from realsyn_lib.errors import SettingError
from realsyn_lib.training.shards import TrainingShards
from realsyn_lib.training.towers import TrainingMemory, training_memory

_USED = {"gpu": 0.8, "cpu": 0.5}  # share of the memory that is reckoned with
_UNKNOWN_ROWS = 64  # of an architecture whose memory cannot be reckoned
_MOST_WORKERS = 12  # that load for one device; a core each


@dataclass(frozen=True)
class Machine:
    """One of ``nodes`` equal machines.

    Attributes:
        gpus: that torch sees; 0 where the CPU computes.
        memory_bytes: of the smallest GPU, or of the machine where there is none.
        cores: of the CPU.
        nodes: machines that train together.
        has_bf16: whether its GPUs compute in bfloat16.
    """

    gpus: int
    memory_bytes: int
    cores: int
    nodes: int = 1
    has_bf16: bool = True

    @property
    def devices(self) -> int:
        """GPUs of all machines, or CPUs."""
        return max(1, self.gpus) * self.nodes

    @property
    def precision(self) -> str:
        """open_clip's word for what it computes in."""
        if not self.gpus:
            return "fp32"
        return "amp_bf16" if self.has_bf16 else "amp"


@dataclass(frozen=True)
class Sizing:
    """How a machine trains.

    Attributes:
        rows: samples of one pass of one device.
        passes: whose gradients make one step.
        batch: samples of one step, all devices together.
        workers: processes that load for one device.
        is_resampled: whether shards are drawn with replacement; else each is read once an epoch.
        steps: of all epochs.
        warmup: steps in which the learning rate rises.
        notes: what a person should know, one line each.
    """

    rows: int
    passes: int
    batch: int
    workers: int
    is_resampled: bool
    steps: int
    warmup: int
    notes: tuple[str, ...]


def size_training(
    recipe: TrainSettings, machine: Machine, shards: TrainingShards, config: Mapping[str, Any]
) -> Sizing:
    """Fit the recipe's batch to the machine: what does not fit at once is accumulated.

    open_clip's accumulation contrasts all samples of a step, so the loss is that of the whole batch.

    Raises:
        SettingError: there are fewer samples than devices.
    """
    devices, samples = machine.devices, shards.sample_count
    wanted = min(recipe.batch_size, 2 ** int(math.log2(samples)))
    share = wanted // devices
    if share == 0:
        raise SettingError(
            f"train: {samples} samples are too few for {devices} devices; use fewer (--gpus, --nodes)"
        )
    memory = training_memory(config, is_half=machine.gpus > 0)
    passes = math.ceil(share / _rows_that_fit(recipe, machine, memory))
    rows = share // passes
    batch = rows * passes * devices
    workers, is_resampled = _loading(machine, shards.shard_count)
    steps = _steps(samples, rows * devices, workers) // passes * recipe.epochs
    notes = _notes(recipe, machine, shards, memory, batch, is_resampled)
    warmup = round(recipe.warmup_share * steps)
    return Sizing(rows, passes, batch, workers, is_resampled, steps, warmup, notes)


def _rows_that_fit(recipe: TrainSettings, machine: Machine, memory: TrainingMemory | None) -> int:
    if recipe.rows_per_device is not None:
        return recipe.rows_per_device
    if memory is None:
        return _UNKNOWN_ROWS
    room = machine.memory_bytes * _USED["gpu" if machine.gpus else "cpu"] - memory.fixed_bytes
    fitting = int(room // memory.sample_bytes)
    return 2 ** int(math.log2(fitting)) if fitting > 1 else 1


def _loading(machine: Machine, shard_count: int) -> tuple[int, bool]:
    """Return workers of a device, and whether shards must be drawn with replacement.

    Without it open_clip deals whole shards to workers, so there must be one for each.
    """
    cores = machine.cores // machine.gpus if machine.gpus else machine.cores - 1
    workers = min(max(1, cores), _MOST_WORKERS)
    if machine.devices == 1:
        return min(workers, shard_count), False
    return workers, shard_count < workers * machine.devices


def _steps(samples: int, rows: int, workers: int) -> int:
    """Return the passes of an epoch as open_clip counts them: the same number for each worker."""
    return math.ceil(math.ceil(samples / rows) / workers) * workers


def _notes(
    recipe: TrainSettings,
    machine: Machine,
    shards: TrainingShards,
    memory: TrainingMemory | None,
    batch: int,
    is_resampled: bool,
) -> tuple[str, ...]:
    notes = []
    if not machine.gpus:
        notes.append(
            "no GPU: this rehearses the training on the CPU, in float32; a tier of millions needs GPUs "
            "(--gpus N --gpu-memory GB writes the command for another machine)"
        )
    if batch != recipe.batch_size:
        notes.append(
            f"batch {batch} in place of {recipe.batch_size}: {shards.sample_count} samples on "
            f"{machine.devices} devices; the learning rate stays as it is set (train.learning_rate)"
        )
    if memory is None and recipe.rows_per_device is None:
        notes.append(
            f"the memory of {recipe.model} cannot be reckoned: {_UNKNOWN_ROWS} rows a pass; set "
            "train.rows_per_device"
        )
    if is_resampled:
        notes.append(
            f"{shards.shard_count} shards are too few to give each worker its own: they are drawn "
            "with replacement, so that an epoch is so many samples, not each sample once"
        )
    return tuple(notes)
