"""A cluster of one worker that schedules two GPUs, which a script makes up: prints what tasks got.

A process of its own, because a session of another master must not join that of the tests.
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyspark
from pyspark import TaskContext
from pyspark.sql import SparkSession

from jobs.compat import map_with_profile


def told(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """One row for a task: its cores and the addresses of its GPUs."""
    for _ in batches:
        pass
    context = TaskContext.get()
    addresses = ",".join(context.resources()["gpu"].addresses)
    cores = pa.array([context.cpus()], pa.int32())
    yield pa.RecordBatch.from_arrays([cores, pa.array([addresses])], names=["cores", "gpus"])


def main() -> None:
    """Ask four tasks: with the cluster's own amount, a half, and a profile of one GPU and two cores."""
    script = Path(sys.argv[1]) / "gpus.sh"
    script.write_text('#!/bin/sh\necho \'{"name": "gpu", "addresses": ["0", "1"]}\'\n')
    script.chmod(0o755)
    os.environ["SPARK_HOME"] = str(Path(pyspark.__file__).parent)
    builder = SparkSession.builder.master("local-cluster[1,2,1024]")
    for place in ("worker", "executor"):
        builder = builder.config(f"spark.{place}.resource.gpu.amount", "2")
        builder = builder.config(f"spark.{place}.resource.gpu.discoveryScript", str(script))
    settings = {"spark.driver.host": "127.0.0.1", "spark.ui.enabled": "false",
                "spark.executor.memory": "512m", "spark.task.resource.gpu.amount": "0.5"}  # fmt: skip
    for key, value in settings.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    found = {}
    for name, gpus, cpus in (("own", None, 9), ("profile", 1.0, 2)):
        rows = map_with_profile(spark.range(0, 4, 1, 4), told, "cores int, gpus string", gpus, cpus)
        found[name] = [tuple(row) for row in rows.collect()]
    print(json.dumps(found), flush=True)
    spark.stop()


if __name__ == "__main__":
    main()
