"""``spark-submit jobs/<stage>.py`` on a laptop, without --packages.

spark-submit starts the JVM before our code runs, so Delta's jars cannot be added any more. Where
they are missing the script starts itself again as a plain Python program, whose session brings
them; spark-submit waits for it and passes its exit code on.
"""

import os
import sys

from py4j.protocol import Py4JJavaError
from pyspark import SparkContext

from realsyn_lib.config import Config

_GATEWAY = ("PYSPARK_GATEWAY_PORT", "PYSPARK_GATEWAY_SECRET")
_DELTA_CLASS = "io.delta.sql.DeltaSparkSessionExtension"


def leave_bare_spark_submit(config: Config) -> None:
    """Replace this process where a local spark-submit has no Delta; else do nothing."""
    is_local = config.spark.master is not None and config.spark.master.startswith("local")
    if not is_local or _GATEWAY[0] not in os.environ or _has_delta():
        return
    environment = {name: value for name, value in os.environ.items() if name not in _GATEWAY}
    os.execve(sys.executable, [sys.executable, *sys.argv], environment)


def _has_delta() -> bool:
    SparkContext._ensure_initialized()
    jvm = SparkContext._jvm
    assert jvm is not None  # _ensure_initialized connected to spark-submit's gateway
    try:
        loader = jvm.java.lang.Thread.currentThread().getContextClassLoader()
        jvm.java.lang.Class.forName(_DELTA_CLASS, False, loader)
    except Py4JJavaError:
        return False
    return True
