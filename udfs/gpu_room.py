"""Room for a model on a GPU that several workers may share."""

from __future__ import annotations

import fcntl
import gc
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from realsyn_lib.errors import ModelError

# Beside the weights: CUDA's own context and what one call works with; a call that needs more is halved.
WORK_MB = 1536
_MB = 2**20


@contextmanager
def room_for(name: str, memory_mb: int, device: str, let_go: Callable[[], None]) -> Iterator[None]:
    """Hold a GPU's lock while a model is loaded there, once it is known to fit; a CPU needs none.

    The workers of a node load one after the other, so that each sees what the others have taken.
    Where room is short this worker first lets go of models that its task does not use.

    Raises:
        ModelError: it does not fit; falling back to the CPU would take days without a word.
    """
    if device == "cpu":
        yield
        return
    import torch

    with _locked(device):
        free, whole = (size // _MB for size in torch.cuda.mem_get_info(device))
        if free < memory_mb + WORK_MB:
            let_go()
            gc.collect()  # modules may hold one another
            torch.cuda.empty_cache()
            free, whole = (size // _MB for size in torch.cuda.mem_get_info(device))
        require_room(name, memory_mb, device, free, whole)
        yield


def require_room(name: str, memory_mb: int, device: str, free_mb: int, whole_mb: int) -> None:
    """Refuse a model that does not fit in the free memory of a GPU.

    Raises:
        ModelError: says what it takes, what is free, and which settings give it more.
    """
    if free_mb >= memory_mb + WORK_MB:
        return
    raise ModelError(
        f"model {name}: takes {memory_mb} MB and {WORK_MB} MB to work with, but {device} has "
        f"{free_mb} MB free of {whole_mb}; give each task a whole GPU (resources.gpus_per_task=1, or "
        "spark.task.resource.gpu.amount=1), a larger GPU, or choose a smaller model"
    )


@contextmanager
def _locked(device: str) -> Iterator[None]:
    place = Path(tempfile.gettempdir()) / f"realsyn-{os.getuid()}-{device.replace(':', '-')}.lock"
    descriptor = os.open(place, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
