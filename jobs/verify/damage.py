"""Files of a warehouse that are read as a whole, as tasks, and those of them that are damaged."""

from collections.abc import Iterable
from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.functions import col, collect_list, concat_ws, count, lit, slice, sort_array

from jobs.verify.finding import Finding
from udfs.check_files import DAMAGE_DDL, FILES_DDL, check_files

_FILES_A_TASK = 16
_MOST_TASKS = 20_000
_SHOWN = 5


@dataclass(frozen=True)
class OwnFile:
    """A file of ours.

    Attributes:
        location: path or URI.
        sha256: hex, or its first digits; None: checksums beside it, or within, are what is known.
    """

    location: str
    sha256: str | None = None


@dataclass(frozen=True)
class Part:
    """Files that one finding tells of.

    Attributes:
        name: of the check.
        files: to be read.
        remedy: what to do where one of them is damaged.
        problem: what is wrong before any is read, such as a file that is not there.
    """

    name: str
    files: list[OwnFile]
    remedy: str
    problem: str | None = None


def find_damage(spark: SparkSession, parts: Iterable[Part]) -> list[Finding]:
    """Read the files of all parts in one job; return a finding for each part."""
    told = list(parts)
    found = _damage(spark, told)
    return [Finding(part.name, _problem(part, found.get(part.name))) for part in told]


def _damage(spark: SparkSession, parts: list[Part]) -> dict[str, str]:
    """Return what is wrong, by part."""
    rows = [(part.name, file.location, file.sha256) for part in parts for file in part.files]
    if not rows:
        return {}
    tasks = min(-(-len(rows) // _FILES_A_TASK), _MOST_TASKS)
    dealt = spark.createDataFrame(rows, FILES_DDL).repartition(tasks, "location")
    damaged = dealt.mapInArrow(check_files(), DAMAGE_DDL)
    told = concat_ws(" ", "location", "problem")
    listed = slice(sort_array(collect_list(told)), 1, _SHOWN).alias("told")
    of_part = damaged.groupBy("part").agg(listed, count(lit(1)).alias("files"))
    return {
        row["part"]: "; ".join(row["told"]) + _more(row["files"] - _SHOWN)
        for row in of_part.orderBy(col("part")).collect()
    }


def _more(count: int) -> str:
    return f"; and {count} more" if count > 0 else ""


def _problem(part: Part, damage: str | None) -> str | None:
    problems = [problem for problem in (part.problem, damage) if problem is not None]
    return f"{'; '.join(problems)}; {part.remedy}" if problems else None
