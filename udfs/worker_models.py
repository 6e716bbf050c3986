"""Models inside a Python worker: loaded once, on the task's device, with the threads it has."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, cast

from pyspark import TaskContext

from realsyn_lib.models.registry import known_models
from udfs.model_times import logged, timed

if TYPE_CHECKING:
    from udfs.models.context import ModelContext

Model = TypeVar("Model")
Key = tuple[str, "ModelUse", str]  # loader, model, device
_USED_IN: dict[Key, int] = {}  # the last task that asked for each model of this worker


@dataclass(frozen=True)
class ModelUse:
    """Name of a model, the threads of one call, whether its towers are compiled.

    ``task_gpus``: share of a GPU that a task with it asks for; None: what the cluster gives.
    ``task_cpus``: cores of such a task.
    """

    name: str
    threads: int = 1
    may_compile: bool = False
    task_gpus: float | None = None
    task_cpus: int = 1


def worker_model(use: ModelUse, load: Callable[[ModelContext, str], Model]) -> Model:
    """Return the worker's one copy of a model.

    torch is imported here, in the worker, and not on the driver, which needs no models.

    Raises:
        ModelError: it cannot be loaded, or does not fit on the task's GPU.
    """
    from udfs.device import resident, task_device, task_threads
    from udfs.gpu_room import room_for
    from udfs.models.context import ModelContext

    device = task_device()

    def make() -> Model:
        registry = known_models(os.environ)
        _forget(lambda key: key[2] != device)  # a worker may be given another GPU by its next task
        _say_fallback(use.name, device)
        context = ModelContext.of(registry, device, task_threads(use.threads), use.may_compile)
        memory_mb = registry.get(use.name).memory_mb
        with room_for(use.name, memory_mb, device, _let_go), logged(use.name, "load"):
            model = load(context, use.name)
        return cast(Model, timed(model, use.name))

    key = (load.__name__, use, device)
    _USED_IN[key] = _task()
    return resident(key, make)


def _let_go() -> None:
    """Forget the models of this worker that other tasks have used and this one has not."""
    _forget(lambda key: _USED_IN[key] != _task())


def _forget(is_idle: Callable[[Key], bool]) -> None:
    from udfs.device import forget

    for key in [key for key in _USED_IN if is_idle(key)]:
        del _USED_IN[key]
        forget(key)


def _task() -> int:
    context = TaskContext.get()
    return int(context.taskAttemptId()) if context is not None else -1


def _say_fallback(name: str, device: str) -> None:
    """Write to the executor's log that Spark gave the task a GPU which torch does not see."""
    from udfs.device import task_gpus

    gpus = task_gpus()
    if device == "cpu" and gpus:
        print(
            f"realsyn: model {name} computes on the CPU although the task has GPU {', '.join(gpus)}: "
            "torch sees none; check the driver, and that torch is built for it",
            file=sys.stderr,
        )
