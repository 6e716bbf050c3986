"""What differs between Spark versions and cluster managers, in one place.

Everything here may touch ``sparkContext`` or the JVM gateway and says what it does without them
(Spark Connect, serverless): the rest of the code only needs a ``SparkSession``.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyspark.errors import PySparkAttributeError, PySparkNotImplementedError
from pyspark.sql import Column, DataFrame, SparkSession, functions

if TYPE_CHECKING:
    import pandas as pd

ArrowFunction = Callable[[pa.Array], pa.Array]

_NO_CONTEXT = (PySparkAttributeError, PySparkNotImplementedError)


def arrow_function(work: ArrowFunction, result: str) -> Callable[[Column], Column]:
    """Return ``work`` as a function of one column; ``result`` is the SQL type that it gives.

    Spark 4.1 and later hand Arrow arrays to such a function, 4.0 pandas series. There a column of
    nulls alone comes as Arrow's null type, whole numbers with nulls among them as doubles.
    """
    if hasattr(functions, "arrow_udf"):
        made: Callable[[Column], Column] = functions.arrow_udf(work, result)
        return made
    return over_pandas(work, result)


def over_pandas(work: ArrowFunction, result: str) -> Callable[[Column], Column]:
    """Return ``work`` as a pandas UDF, which every Spark 4 has."""
    make = functions.pandas_udf  # type: ignore[attr-defined]  # not in its stubs
    made: Callable[[Column], Column] = make(on_series(work), result)
    return made


def on_series(work: ArrowFunction) -> "Callable[[pd.Series[Any]], pd.Series[Any]]":
    """Return ``work`` with pandas series in place of Arrow arrays."""
    import pandas as pd  # read by Spark, which knows the kind of a UDF by its annotations

    def convert(column: pd.Series) -> pd.Series:
        # Whole numbers stay exact beside nulls: as doubles they would lose digits.
        given = work(pa.Array.from_pandas(column))
        series: pd.Series[Any] = given.to_pandas(integer_object_nulls=True)
        return series

    return convert


def by_number(frame: DataFrame, count: int, number: str) -> DataFrame:
    """Return ``count`` partitions: the row of each ``number`` below it in that one.

    Before Spark 4.1 by the number's hash: those of one number still lie together, beside others.
    """
    if hasattr(frame, "repartitionById"):
        return frame.repartitionById(count, number)
    return frame.repartition(count, number)


def map_with_profile(
    rows: DataFrame, work: Callable[..., Any], schema: str, gpus: float | None, cpus: int
) -> DataFrame:
    """Return ``rows`` through ``mapInArrow``, in tasks that ask for ``gpus`` of a GPU and ``cpus`` cores.

    Without ``gpus``, and where the manager schedules no GPUs (no such executors, a local session,
    Spark Connect), tasks are those that the cluster's own settings give.
    """
    if gpus is None or not _schedules_gpus(rows.sparkSession):
        return rows.mapInArrow(work, schema)
    from pyspark.resource import ResourceProfileBuilder, TaskResourceRequests

    requests = TaskResourceRequests().cpus(cpus).resource("gpu", gpus)
    profile = ResourceProfileBuilder().require(requests).build
    return rows.mapInArrow(work, schema, profile=profile)


def _schedules_gpus(spark: SparkSession) -> bool:
    try:
        conf = spark.sparkContext.getConf()
    except _NO_CONTEXT:
        return False
    is_local = conf.get("spark.master", "").startswith("local[")
    return not is_local and float(conf.get("spark.executor.resource.gpu.amount", "0")) > 0


def jvm_process_id(spark: SparkSession) -> int | None:
    """Process id of the driver's JVM, or None where there is no local JVM to ask."""
    try:
        jvm = spark.sparkContext._jvm
    except _NO_CONTEXT:
        return None
    return int(jvm.java.lang.ProcessHandle.current().pid()) if jvm is not None else None


def describe_job(spark: SparkSession, text: str) -> None:
    """Name the following Spark jobs in the UI, where there is a context."""
    try:
        spark.sparkContext.setJobDescription(text)
    except _NO_CONTEXT:
        return


def running_tasks(spark: SparkSession) -> tuple[int, int] | None:
    """Return (finished, all) tasks of the running Spark stages; None where that is unknown."""
    try:
        tracker = spark.sparkContext.statusTracker()
    except _NO_CONTEXT:
        return None
    infos = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
    known = [info for info in infos if info is not None]
    return sum(info.numCompletedTasks for info in known), sum(info.numTasks for info in known)
