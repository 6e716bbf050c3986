"""Stages with a model: their resource profile, and where their tasks compute, said aloud."""

import sys
from collections.abc import Callable, Iterator

import pyarrow as pa
from pyspark.sql import DataFrame

from jobs.compat import map_with_profile
from jobs.stage import Stage
from udfs.task_devices import DEVICES_DDL, task_devices
from udfs.worker_models import ModelUse

Batches = Iterator[pa.RecordBatch]
_GPU_KIND = "gpu"


def map_model(
    rows: DataFrame, work: Callable[[Batches], Batches], schema: str, use: ModelUse
) -> DataFrame:
    """Return ``rows`` through a ``mapInArrow`` function that loads the model of ``use``.

    Its tasks ask for a share of a GPU where settings say so and the cluster schedules GPUs.
    """
    return map_with_profile(rows, work, schema, use.task_gpus, use.task_cpus)


def say_device(stage: Stage, use: ModelUse) -> None:
    """Say on what a stage of kind ``gpu`` computes, and keep it as the metric ``on_gpu``.

    Asks one task, which a stage of another kind, as all are on a laptop, is spared.
    """
    if stage.config.stages.get(stage.spec.name) != _GPU_KIND:
        return
    one = stage.spark.range(1, numPartitions=1)
    (row,) = map_model(one, task_devices(), DEVICES_DDL, use).collect()
    is_on_gpu = row.device != "cpu"
    stage.metrics["on_gpu"] = float(is_on_gpu)
    told = row.device if is_on_gpu else "the CPU, many times as slow: its tasks see no GPU"
    print(f"{stage.spec.name}: {use.name} computes on {told}", file=sys.stderr)
