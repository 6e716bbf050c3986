"""What differs between Spark versions and cluster managers, in one place.

Everything here may touch ``sparkContext`` or the JVM gateway and says what it does without them
(Spark Connect, serverless): the rest of the code only needs a ``SparkSession``.
"""

from pyspark.errors import PySparkAttributeError, PySparkNotImplementedError
from pyspark.sql import SparkSession

_NO_CONTEXT = (PySparkAttributeError, PySparkNotImplementedError)


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
