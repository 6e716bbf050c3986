"""Versions of the packages that must fit each other."""

from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version

import pyspark

from realsyn_lib.config import Config
from realsyn_lib.errors import EnvironmentFault


@dataclass(frozen=True)
class Wanted:
    """Versions from ``lowest`` to ``below`` (excluded); ``fix`` is what brings one of them."""

    lowest: str
    below: str | None
    fix: str


# The distribution is on no package index: it is installed from its checkout.
_CHECKOUT = "in the checkout run `make setup`, or `pip install '.[local,cpu]'`"
_NODES = "install it on every node of this cluster; deploy/ has a template for each platform"

LOCAL = {
    "pyspark": Wanted("4.2.0", "4.3", _CHECKOUT),
    "delta-spark": Wanted("4.4.0", "4.5", _CHECKOUT),
    "pyarrow": Wanted("18", None, _CHECKOUT),
    "pandas": Wanted("2.2", "3", _CHECKOUT),
    "torch": Wanted("2.5", None, _CHECKOUT),
    "faiss": Wanted("1.9", None, _CHECKOUT),
}
# A cluster brings Spark and its own build of Delta, which is no package of Python's: to write and
# read a table is the proof of it.
CLUSTER = {
    "pyspark": Wanted("4.0", None, "take Databricks 17.3 LTS, emr-spark-8.0, or a later release"),
    **{name: replace(LOCAL[name], fix=_NODES) for name in ("pyarrow", "pandas", "torch", "faiss")},
}
_DISTRIBUTIONS = {"faiss": ("faiss-cpu", "faiss-gpu-cuvs", "faiss-gpu")}


def wanted_packages(config: Config) -> dict[str, Wanted]:
    """Return what the settings need: a local session the pinned versions, a cluster its own."""
    return LOCAL if is_local(config) else CLUSTER


def is_local(config: Config) -> bool:
    """Say whether runs start a session of their own on this machine."""
    return (config.spark.master or "").startswith("local")


def check_package(name: str, wanted: Wanted) -> str:
    """Return the version of an installed package.

    Raises:
        EnvironmentFault: it is missing or of a version that does not fit.
    """
    found = _installed(name)
    if found is None:
        raise EnvironmentFault(f"{name} is not installed; {wanted.fix}")
    too_new = wanted.below is not None and _parts(found) >= _parts(wanted.below)
    if _parts(found) < _parts(wanted.lowest) or too_new:
        window = f"from {wanted.lowest}" + (f", below {wanted.below}" if wanted.below else "")
        raise EnvironmentFault(f"{name} is {found}, expected {window}; {wanted.fix}")
    return found


def _installed(name: str) -> str | None:
    if name == "pyspark":  # a cluster's lies on the path, without the records of an installation
        return str(pyspark.__version__)
    for distribution in _DISTRIBUTIONS.get(name, (name,)):
        try:
            return version(distribution)
        except PackageNotFoundError:
            continue
    return None


def _parts(text: str) -> tuple[int, ...]:
    """Leading numbers of a version: 2.15.0+cpu is (2, 15, 0)."""
    numbers = []
    for part in text.split("+")[0].split("."):
        if not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers)
