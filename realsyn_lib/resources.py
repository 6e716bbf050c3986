"""Files that travel with the code: conf, sql, samples, in a wheel or in a checkout."""

from pathlib import Path

from realsyn_lib.errors import EnvironmentFault

_PACKAGE = Path(__file__).resolve().parent


def resource_path(*parts: str) -> Path:
    """Return the path of a bundled file or folder, such as ``("conf", "base.yaml")``.

    An installed wheel keeps them beside this module, a checkout at its root.

    Raises:
        EnvironmentFault: it is in neither place; the installation is incomplete.
    """
    for root in (_PACKAGE / "bundled", _PACKAGE.parent):
        path = root.joinpath(*parts)
        if path.exists():
            return path
    raise EnvironmentFault(
        f"bundled file {'/'.join(parts)} is missing beside {_PACKAGE}; reinstall realsyn"
    )
