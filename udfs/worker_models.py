"""Models inside a Python worker: loaded once, on the task's device, with the threads it has."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, cast

from realsyn_lib.models.registry import known_models
from udfs.model_times import logged, timed

if TYPE_CHECKING:
    from udfs.models.context import ModelContext

Model = TypeVar("Model")


@dataclass(frozen=True)
class ModelUse:
    """Name of a model, the threads of one call, and whether its towers are compiled."""

    name: str
    threads: int = 1
    may_compile: bool = False


def worker_model(use: ModelUse, load: Callable[[ModelContext, str], Model]) -> Model:
    """Return the worker's one copy of a model.

    torch is imported here, in the worker, and not on the driver, which needs no models.
    """
    from udfs.device import resident, task_device, task_threads
    from udfs.models.context import ModelContext

    def make() -> Model:
        registry = known_models(os.environ)
        threads = task_threads(use.threads)
        context = ModelContext.of(registry, task_device(), threads, use.may_compile)
        with logged(use.name, "load"):
            model = load(context, use.name)
        return cast(Model, timed(model, use.name))

    return resident((load.__name__, use), make)
