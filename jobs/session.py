"""The Spark session: Delta, Arrow and time zone set the same way everywhere."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from jobs.jars import cached_jars, delta_jars, s3_packages
from realsyn_lib.config import Config
from realsyn_lib.errors import EnvironmentFault
from realsyn_lib.resources import resource_path

_FIXED = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.execution.pythonUDF.arrow.enabled": "true",
    "spark.sql.execution.pyspark.udf.faulthandler.enabled": "true",
    # The reader's buffers grow to a whole batch of values: 4,096 pictures are hundreds of megabytes.
    "spark.sql.parquet.columnarReaderBatchSize": "512",
    # A writer looks at its size only after so many rows: a hundred large pictures are gigabytes.
    "spark.hadoop.parquet.page.size.row.check.min": "1",
    "spark.hadoop.parquet.page.size.row.check.max": "32",
    "spark.hadoop.parquet.block.size.row.check.min": "1",
    "spark.hadoop.parquet.block.size.row.check.max": "32",
    # Spark 4.0 knows only a number of rows (batch.arrow_rows).
    "spark.sql.execution.arrow.maxBytesPerBatch": "64m",
    # Pages of parquet files, inputs' too, are held to their checksums where a writer gave them any.
    "spark.hadoop.parquet.page.verify-checksum.enabled": "true",
}
# Where the platform, or conf/<env>.yaml, does not say which catalog is Delta's.
_DELTA = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
}
_LOCAL = {
    **_DELTA,
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    # Adaptive execution makes each shuffle a job of its own, in Delta's own queries too: on small
    # tables a third of all jobs.
    "spark.sql.adaptive.enabled": "false",
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.sql.sources.parallelPartitionDiscovery.parallelism": "2",
    "spark.python.worker.reuse": "true",
    # Its executor is this very process. Were it given up after two minutes of silence by the time of
    # day, Java would end ten minutes after a laptop woke up, or a clock was set.
    "spark.storage.blockManagerHeartbeatTimeoutMs": "730d",
}
MIN_JAVA = 17


def open_session(
    config: Config, name: str, *, is_brief: bool = False, locations: Iterable[str] = (),
    catalog: Path | None = None,
) -> SparkSession:  # fmt: skip
    """Start (or join) the Spark session of a run, or of a brief look at what runs have made.

    ``locations``: what is read and written; a local session only looks whether S3 is among them.
    ``catalog``: folder of a local session's catalog, where tables are to be found by name.

    Raises:
        EnvironmentFault: Java is missing or too old, or Delta's jars cannot be had.
    """
    if config.spark.master is None or not config.spark.master.startswith("local"):
        builder = SparkSession.builder.appName(name)
        if config.spark.master is None:  # the platform's session, or spark-submit's
            return _start(_configure(builder, config, _FIXED))
        keys = {**_FIXED, **_DELTA, "spark.jars": ",".join(delta_jars())}
        return _start(_configure(builder.master(config.spark.master), config, keys))
    if SparkSession.getActiveSession() is None:  # a session has its Java; asking starts another
        check_java()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("PYSPARK_DRIVER_PYTHON", sys.executable)
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    builder = SparkSession.builder.appName(name).master(config.spark.master)
    stores = s3_settings(os.environ) if any(map(is_on_s3, locations)) else {}
    jars = [*delta_jars(), *(cached_jars(s3_packages()) if stores else [])]
    own = stores | {
        "spark.jars": ",".join(jars),
        "spark.driver.extraJavaOptions": java_options(is_brief),
        "spark.sql.warehouse.dir": str(Path(tempfile.gettempdir()) / "spark-warehouse"),  # unused
    }
    if catalog is not None:
        catalog.mkdir(parents=True, exist_ok=True)
        own |= local_catalog(catalog)
        own["spark.driver.extraJavaOptions"] += f' "-Dderby.stream.error.file={catalog}/derby.log"'
    return _start(_configure(builder, config, {**_FIXED, **_LOCAL, **own}))


def local_catalog(folder: Path) -> dict[str, str]:
    """Return the settings of a catalog that lasts: a Hive metastore in Derby, and tables beside it.

    Derby lets one process in at a time; several need a metastore service (`spark.conf`).
    """
    return {
        "spark.sql.catalogImplementation": "hive",
        "spark.sql.warehouse.dir": str(folder / "tables"),
        "spark.hadoop.javax.jdo.option.ConnectionURL": (
            f"jdbc:derby:;databaseName={folder}/metastore;create=true"
        ),
        "spark.hadoop.datanucleus.schema.autoCreateAll": "true",
        "spark.hadoop.hive.metastore.schema.verification": "false",
    }


def _configure(builder: Any, config: Config, fixed: dict[str, str]) -> Any:
    """Lay the fixed keys, the settings' keys and the user's own ``spark.conf`` on the builder."""
    keys = dict(fixed)
    keys["spark.sql.shuffle.partitions"] = str(config.spark.shuffle_partitions)
    keys["spark.sql.execution.arrow.maxRecordsPerBatch"] = str(config.batch.arrow_rows)
    if config.spark.driver_memory:
        keys["spark.driver.memory"] = config.spark.driver_memory
    for key, value in {**keys, **config.spark.conf}.items():
        builder = builder.config(key, value)
    return builder


def is_on_s3(location: str) -> bool:
    """Say whether a location is one that Hadoop's S3A reads."""
    return location.startswith(("s3://", "s3a://"))


def s3_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what lets Spark reach S3 as pyarrow does: by the variables that Amazon's tools read.

    AWS_ENDPOINT_URL names another store than Amazon's. Keys come from the environment by S3A's own
    providers.
    """
    found = {"spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem"}
    endpoint = environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL")
    if endpoint:
        found["spark.hadoop.fs.s3a.endpoint"] = endpoint
        found["spark.hadoop.fs.s3a.path.style.access"] = "true"
        found["spark.hadoop.fs.s3a.connection.ssl.enabled"] = str(
            endpoint.startswith("https")
        ).lower()
    region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
    return found | ({"spark.hadoop.fs.s3a.endpoint.region": region} if region else {})


def java_options(is_brief: bool) -> str:
    """Return the options of a local driver: quiet, with the collector that leaves the cores to others.

    One compiler tier saves a brief command 2 s; in a run the second tier makes stages a quarter
    faster once it has warmed up. With one tier Java reserves 48 MB for compiled code, too little for
    a session that stays open (47 MB after fifty tests): the rest is thrown away and compiled anew.
    """
    quiet = resource_path("conf", "log4j2.properties").as_uri()
    tiers = " -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m" if is_brief else ""
    return f'"-Dlog4j2.configurationFile={quiet}" -XX:+UseParallelGC{tiers}'


def _start(builder: Any) -> SparkSession:
    try:
        session: SparkSession = builder.getOrCreate()
        return session
    except RuntimeError as error:  # pyspark: the JVM ended before it answered
        raise EnvironmentFault(
            "Spark did not start: memory is short, or an option of spark.conf is wrong; run "
            f"`realsyn doctor` ({str(error).splitlines()[0][:160]})"
        ) from error


def check_java() -> str:
    """Return the version of the Java that Spark will start.

    Raises:
        EnvironmentFault: there is none, or it is older than 17.
    """
    home = os.environ.get("JAVA_HOME")
    java = os.path.join(home, "bin", "java") if home else shutil.which("java")
    if not java or not os.path.exists(java):
        where = f"JAVA_HOME={home}" if home else "PATH"
        raise EnvironmentFault(
            f"Java was not found ({where}); install Java 17 or 21, for example "
            "`apt-get install openjdk-17-jre-headless`, and set JAVA_HOME"
        )
    answer = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    quoted = answer.stderr.split('"')
    version = quoted[1] if len(quoted) > 1 else "unknown"
    major = version.split(".")[1] if version.startswith("1.") else version.split(".")[0]
    if not major.isdigit() or int(major) < MIN_JAVA:
        raise EnvironmentFault(
            f"Java {version} at {java} is too old; Spark 4 needs 17 or 21: install one, set JAVA_HOME"
        )
    return version


def host_name() -> str:
    """Name of this machine, for lock messages."""
    return socket.gethostname()
