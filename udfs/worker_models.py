"""Models inside a Python worker: loaded once, on the task's device, with the threads it has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, cast

from realsyn_lib.models.registry import load_registry
from realsyn_lib.resources import resource_path
from udfs.model_times import logged, timed

if TYPE_CHECKING:
    from udfs.models.context import ModelContext

Model = TypeVar("Model")


@dataclass(frozen=True)
class ModelUse:
    """Name of a model in conf/models.yaml and the threads of one call."""

    name: str
    threads: int = 1


def worker_model(use: ModelUse, load: Callable[[ModelContext, str], Model]) -> Model:
    """Return the worker's one copy of a model.

    torch is imported here, in the worker, and not on the driver, which needs no models.
    """
    from udfs.device import resident, task_device, task_threads
    from udfs.models.context import ModelContext

    def make() -> Model:
        registry = load_registry(resource_path("conf", "models.yaml"))
        context = ModelContext.of(registry, task_device(), task_threads(use.threads))
        with logged(use.name, "load"):
            model = load(context, use.name)
        return cast(Model, timed(model, use.name))

    return resident((load.__name__, use), make)
