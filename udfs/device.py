"""Where a task computes, what a worker process keeps loaded, and batches that do not fit."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable
from functools import cache
from typing import Any, TypeVar

import numpy as np
from pyspark import TaskContext

from realsyn_lib.embeddings import Ids, Vectors
from realsyn_lib.errors import ModelError
from realsyn_lib.retrieval.device_products import Knn, multiply_on

Loaded = TypeVar("Loaded")
Answers = TypeVar("Answers", np.ndarray, list[Any])

_GPU_BYTES = 2**28  # that faiss keeps on a GPU for each worker; a block of products takes 16 MB
_RESIDENT: dict[Hashable, Any] = {}


def task_device() -> str:
    """Return the torch device of this task: its own GPU, one by turns, or the CPU.

    In order: the address Spark gave the task, ``CUDA_VISIBLE_DEVICES``, the partition's number
    modulo the GPUs of the node. Called on a worker; on the driver it would start CUDA there.
    """
    import torch  # seconds, and CUDA: only where a model is about to run

    if not torch.cuda.is_available():
        return "cpu"
    return f"cuda:{_gpu_of_task(torch.cuda.device_count())}"


def search_on_device() -> None:
    """Let the searches of this worker process multiply on the task's GPU, where faiss sees one.

    Answers are those of a CPU: the GPU only shortlists, and exact products rank. One of faiss-cpu and
    faiss-gpu-cuvs is installed; the first sees no GPU.
    """
    import faiss

    count = faiss.get_num_gpus()
    if count:
        multiply_on(_gpu_knn(_gpu_of_task(count)))


@cache
def _gpu_knn(device: int) -> Knn:
    import faiss

    resources = faiss.StandardGpuResources()
    resources.setTempMemory(_GPU_BYTES)

    def knn(queries: Vectors, members: Vectors, k: int) -> tuple[Vectors, Ids]:
        both = np.ascontiguousarray(queries), np.ascontiguousarray(members)
        found: tuple[Vectors, Ids] = faiss.knn_gpu(
            resources, *both, k, metric=faiss.METRIC_INNER_PRODUCT, device=device
        )
        return found

    return knn


def _gpu_of_task(count: int) -> int:
    """Return which of ``count`` visible GPUs a task uses."""
    gpus, context = task_gpus(), TaskContext.get()
    if gpus:
        return _visible_index(gpus[0], count)
    turn = context.partitionId() if context is not None else 0
    return int(turn % count)


def task_gpus() -> tuple[str, ...]:
    """Return the addresses of the GPUs that Spark gave this task; none where it schedules none."""
    context = TaskContext.get()
    if context is None or "gpu" not in context.resources():
        return ()
    return tuple(context.resources()["gpu"].addresses)


def _visible_index(address: str, count: int) -> int:
    """Return torch's index of a physical GPU: it counts only the visible ones.

    An address is a number or, where the discovery script says so, a UUID. Inside a container that
    shows the task's card alone, an address from outside is the first one.
    """
    visible = [part.strip() for part in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")]
    if address in visible:
        return visible.index(address)
    return int(address) if address.isdigit() and int(address) < count else 0


def task_attempt() -> int:
    """Return how often Spark has tried this task before; 0 outside a task."""
    context = TaskContext.get()
    return context.attemptNumber() if context is not None else 0


def task_threads(setting: int) -> int:
    """Return the threads of a CPU call: the setting, at most the cores of this machine."""
    return max(1, min(setting, os.cpu_count() or 1))


def resident(key: Hashable, load: Callable[[], Loaded]) -> Loaded:
    """Return what ``load`` made for ``key``, made once for each worker process."""
    if key not in _RESIDENT:
        _RESIDENT[key] = load()
    loaded: Loaded = _RESIDENT[key]
    return loaded


def forget(key: Hashable) -> None:
    """Drop what ``resident`` keeps for ``key``; its memory is free once nobody else holds it."""
    _RESIDENT.pop(key, None)


def halving(batch: np.ndarray, call: Callable[[np.ndarray], Answers]) -> Answers:
    """Return ``call(batch)``, cut in halves as often as the GPU's memory demands.

    ``call`` gives an array or a list, with an answer for each row.

    Raises:
        ModelError: one row does not fit.
    """
    import torch

    try:
        return call(batch)
    except torch.cuda.OutOfMemoryError as error:
        if len(batch) == 1:
            raise ModelError(
                "one row does not fit in the free memory of the GPU beside the model; give each task a "
                "whole GPU (resources.gpus_per_task=1, or spark.task.resource.gpu.amount=1), a larger "
                f"one, or choose a smaller model ({str(error).splitlines()[0][:160]})"
            ) from error
    torch.cuda.empty_cache()
    middle = len(batch) // 2
    first, rest = halving(batch[:middle], call), halving(batch[middle:], call)
    return first + rest if isinstance(first, list) else np.concatenate([first, rest])
