"""The room that is left where this machine writes: which disk is full is seen by it."""

import os
import shutil
import tempfile
from collections.abc import Mapping

from pyspark.sql import SparkSession

from jobs.names import local_folder

_MEGABYTE = 10**6


def room_told(places: Mapping[str, str]) -> str:
    """Return what is left of each place, and where Spark and Python keep working files, least first.

    ``places``: paths or URIs by what they are; those that are not on this machine are left out.
    """
    left: dict[str, int] = {}
    for name, place in {**places, **_working_folders()}.items():
        folder = local_folder(place)
        if folder is not None and folder.is_dir():
            left[f"{name} {folder}"] = shutil.disk_usage(folder).free
    told = sorted(left.items(), key=lambda one: one[1])
    return ", ".join(f"{free // _MEGABYTE:,} MB in {name}" for name, free in told)


def _working_folders() -> dict[str, str]:
    spark = SparkSession.getActiveSession()
    temporary = tempfile.gettempdir()
    configured = spark.conf.get("spark.local.dir", temporary) if spark is not None else temporary
    dirs = os.environ.get("SPARK_LOCAL_DIRS") or str(configured)
    local = {f"spark.local.dir{f' {n}' if n else ''}": d for n, d in enumerate(dirs.split(","))}
    return local | {"the temporary folder": temporary}
