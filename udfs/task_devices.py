"""What a task would compute on, for the driver to say aloud."""

from collections.abc import Callable, Iterator

import pyarrow as pa

DEVICES_DDL = "device string"
Batches = Iterator[pa.RecordBatch]


def task_devices() -> Callable[[Batches], Batches]:
    """Return a ``mapInArrow`` function: any rows -> one row that names this task's device.

    ``cpu``, or a card's address and name such as ``cuda:0 (NVIDIA H200)``.
    """

    def name_device(batches: Batches) -> Batches:
        import torch

        from udfs.device import task_device

        for _ in batches:
            pass
        device = task_device()
        if device != "cpu":
            device = f"{device} ({torch.cuda.get_device_name(device)})"
        yield pa.RecordBatch.from_pydict({"device": [device]})

    return name_device
