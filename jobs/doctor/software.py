"""Models, and Spark with Delta and Python workers, by using each once."""

import os
import tempfile

import pyarrow as pa
from pyspark.sql.functions import col

from jobs.compat import arrow_function
from jobs.doctor.packages import is_local
from jobs.model_digests import open_registry
from jobs.session import open_session
from realsyn_lib.config import Config
from realsyn_lib.errors import EnvironmentFault, ModelError
from realsyn_lib.models.cache import cache_root, is_fetched, needs_fetch


def check_models(config: Config) -> str:
    """Say where the models of the settings are; their bytes are `realsyn models check`.

    Raises:
        ModelError: some are not there.
    """
    registry, root = open_registry(), cache_root(os.environ)
    names = {
        part
        for role, name in config.models.model_dump().items()
        if registry.get(name, role)
        for part in registry.with_parts(name)
    }
    wanted = sorted(name for name in names if needs_fetch(registry, name))
    missing = [name for name in wanted if not is_fetched(registry, name, root)]
    if missing:
        raise ModelError(
            f"{len(missing)} of {len(wanted)} are not in {root}: {', '.join(missing)}; run "
            "`realsyn models fetch`, or set REALSYN_MODELS to a folder that was filled by it"
        )
    return f"{len(wanted)} in {root}"


def check_spark(config: Config) -> str:
    """Start the session that runs start; Delta's jars come from where runs take them.

    Raises:
        EnvironmentFault: it does not start.
    """
    spark = open_session(config, "realsyn doctor", is_brief=True)
    return f"{spark.version}, Delta's jars from {_source_of_jars(config)}"


def _source_of_jars(config: Config) -> str:
    if not is_local(config):
        return "the cluster"
    return "REALSYN_DELTA_JARS" if os.environ.get("REALSYN_DELTA_JARS") else "Maven or its cache"


def check_delta(config: Config) -> str:
    """Commit one row to a table in a temporary folder and read it back."""
    spark = open_session(config, "realsyn doctor", is_brief=True)
    with tempfile.TemporaryDirectory(prefix="realsyn-doctor-") as folder:
        place = f"{folder}/table"
        spark.range(1).write.format("delta").save(place)
        rows = spark.read.format("delta").load(place).count()
    if rows != 1:
        raise EnvironmentFault(f"one row was written, {rows} were read; reinstall delta-spark")
    return "one row written and read"


def check_arrow(config: Config) -> str:
    """Send one row through a Python worker as Arrow and back."""
    spark = open_session(config, "realsyn doctor", is_brief=True)
    found = spark.range(41, 42).select(arrow_function(_next, "bigint")(col("id"))).collect()[0][0]
    if found != 42:
        raise EnvironmentFault(
            f"42 was expected from a Python worker, {found} came; reinstall pyarrow"
        )
    return "one row through a Python worker"


def _next(numbers: pa.Array) -> pa.Array:
    return pa.array([number + 1 for number in numbers.to_pylist()], pa.int64())
