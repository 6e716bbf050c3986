"""Versions of the packages that must fit each other."""

from importlib.metadata import PackageNotFoundError, version

from realsyn_lib.errors import EnvironmentFault

# Name -> versions from (included) to (excluded, or None) and the extra that brings it.
PACKAGES: dict[str, tuple[str, str | None, str]] = {
    "pyspark": ("4.2.0", "4.3", "local"),
    "delta-spark": ("4.4.0", "4.5", "local"),
    "pyarrow": ("18", None, "local"),
    "pandas": ("2.2", "3", "local"),
    "torch": ("2.5", None, "cpu"),
    "faiss": ("1.9", None, "cpu"),
}
_DISTRIBUTIONS = {"faiss": ("faiss-cpu", "faiss-gpu-cuvs", "faiss-gpu")}


def check_package(name: str) -> str:
    """Return the version of an installed package.

    Raises:
        EnvironmentFault: it is missing or of a version that does not fit.
    """
    lowest, below, extra = PACKAGES[name]
    found = _installed(name)
    fix = f"install it with `pip install 'realsyn[{extra}]'`"
    if found is None:
        raise EnvironmentFault(f"{name} is not installed; {fix}")
    too_new = below is not None and _parts(found) >= _parts(below)
    if _parts(found) < _parts(lowest) or too_new:
        wanted = f"from {lowest}" + (f", below {below}" if below else "")
        raise EnvironmentFault(f"{name} is {found}, expected {wanted}; {fix}")
    return found


def _installed(name: str) -> str | None:
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
