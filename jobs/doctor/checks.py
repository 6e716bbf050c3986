"""The checks in order: what the others need comes first."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from jobs.doctor.machine import check_memory, check_python, check_temporary, check_warehouse
from jobs.doctor.packages import Wanted, check_package, wanted_packages
from jobs.doctor.software import check_arrow, check_delta, check_models, check_spark
from jobs.faults import as_known_error
from jobs.session import check_java
from jobs.spark_text import SPARK_FAULTS
from realsyn_lib.config import Config
from realsyn_lib.errors import RealSynError


@dataclass(frozen=True)
class Check:
    """``work`` says what it found, or raises what is wrong; ``needs`` are checks it stands on."""

    name: str
    work: Callable[[], str]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """``state``: ok, FAIL or skip; ``text``: what was found, or the fault and its fix."""

    name: str
    state: str
    text: str


def checks_of(config: Config, warehouse: str | None) -> list[Check]:
    """Return the checks for these settings; the warehouse is looked at where one is named."""
    checks = [Check("Java", check_java), Check("Python", check_python)]
    checks += [_package(name, wanted) for name, wanted in wanted_packages(config).items()]
    checks += [
        Check("memory", lambda: check_memory(config)),
        Check("temporary folder", check_temporary),
        Check("models", lambda: check_models(config)),
    ]
    if warehouse is not None:
        checks.append(Check("warehouse", lambda: check_warehouse(warehouse)))
    spark = ("Java", "pyspark", "delta-spark")
    return [
        *checks,
        Check("Spark", lambda: check_spark(config), spark),
        Check("Delta", lambda: check_delta(config), (*spark, "Spark")),
        Check(
            "Arrow in Spark", lambda: check_arrow(config), (*spark, "Spark", "pyarrow", "pandas")
        ),
    ]


def _package(name: str, wanted: Wanted) -> Check:
    return Check(name, lambda: check_package(name, wanted))


def run_checks(checks: list[Check]) -> Iterator[Result]:
    """Make each check whose needs were met; a failure does not stop the others."""
    failed: set[str] = set()
    for check in checks:
        blocked = [name for name in check.needs if name in failed]
        skipped = Result(check.name, "skip", f"needs {blocked[0]}") if blocked else None
        result = skipped or _made(check)
        if result.state != "ok":
            failed.add(check.name)
        yield result


def _made(check: Check) -> Result:
    try:
        return Result(check.name, "ok", check.work())
    except (RealSynError, OSError, *SPARK_FAULTS) as error:
        return Result(check.name, "FAIL", str(as_known_error(error, check.name)))
