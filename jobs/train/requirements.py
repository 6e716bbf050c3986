"""Whether what open_clip's trainer needs is installed, by its own word."""

from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import Requirement

from realsyn_lib.errors import EnvironmentFault

_DISTRIBUTION, _EXTRA = "open_clip_torch", "training"


def require_trainer() -> None:
    """Refuse an environment in which open_clip could not train.

    Its loader breaks with releases of webdataset that its extra ``training`` does not allow.

    Raises:
        EnvironmentFault: open_clip or a package of that extra is missing, or has another version.
    """
    if wrong := _unmet():
        raise EnvironmentFault(
            f"train: {'; '.join(wrong)}: open_clip cannot train here; `pip install "
            "'open_clip_torch[training]'`, or in the checkout `make setup`"
        )


def _unmet() -> list[str]:
    try:
        lines = requires(_DISTRIBUTION) or []
    except PackageNotFoundError:
        return [f"{_DISTRIBUTION} is not installed"]
    needed = [Requirement(line) for line in lines]
    asked = [one for one in needed if one.marker is None or one.marker.evaluate({"extra": _EXTRA})]
    return [told for one in asked if (told := _misfit(one))]


def _misfit(needed: Requirement) -> str | None:
    try:
        found = version(needed.name)
    except PackageNotFoundError:
        return f"{needed.name} is not installed"
    if needed.specifier.contains(found, prereleases=True):
        return None
    return f"{needed.name} is {found}, expected {needed.specifier}"
