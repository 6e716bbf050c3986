"""What Spark says of a failure, without the stack that it says it with."""

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException

SPARK_FAULTS = (PySparkException, Py4JError)


def spark_headline(error: Exception) -> str:
    """Return the one line of an error of ``SPARK_FAULTS`` that tells a person something."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    first = lines[0] if lines else type(error).__name__
    told = next((line for line in lines if "Exception: [" in line), first)
    return told.split("Exception: ", 1)[-1][:400]
