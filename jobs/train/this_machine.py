"""What the machine has that trains: GPUs that torch sees, memory, cores."""

import os

from jobs.doctor.machine import available_bytes
from realsyn_lib.training.sizing import Machine

_LEAST_BYTES = 4 * 2**30  # where nothing is known


def this_machine(nodes: int = 1) -> Machine:
    """Look at the machine; of several GPUs the smallest counts."""
    import torch  # seconds: only once all else has been found right

    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    if not gpus:
        return Machine(0, _free_memory(), cores or 1, nodes)
    cards = [torch.cuda.get_device_properties(number) for number in range(gpus)]
    return Machine(
        gpus, min(card.total_memory for card in cards), cores or 1, nodes,
        has_bf16=all(card.major >= 8 for card in cards),
    )  # fmt: skip


def _free_memory() -> int:
    """Bytes that may still be used, at most those of the container."""
    known = available_bytes()
    return min([_LEAST_BYTES if known is None else known, *_limits()])


def _limits() -> list[int]:
    found = []
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            with open(path, encoding="ascii") as file:
                text = file.read().strip()
        except OSError:
            continue
        found += [int(text)] if text.isdigit() else []
    return found
