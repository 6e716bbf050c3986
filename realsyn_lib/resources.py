"""Files that travel with the code: conf, sql, samples, in a wheel, in a checkout or in an archive."""

import hashlib
import zipfile
from functools import cache
from pathlib import Path

from realsyn_lib.errors import EnvironmentFault
from realsyn_lib.node_files import made_once

_PACKAGE = Path(__file__).resolve().parent


def resource_path(*parts: str, package: Path = _PACKAGE) -> Path:
    """Return the path of a bundled file or folder, such as ``("conf", "base.yaml")``.

    An installed wheel keeps them beside this module, a checkout at its root. Where the code runs out
    of an archive (``--py-files``), what it bundles is unpacked once for each node.

    Raises:
        EnvironmentFault: it is in none of these places; the installation is incomplete.
    """
    above = package.parent
    is_archive = above.is_file()
    roots = (_unpacked(above, package.name),) if is_archive else (package / "bundled", above)
    for root in roots:
        path = root.joinpath(*parts)
        if path.exists():
            return path
    raise EnvironmentFault(
        f"bundled file {'/'.join(parts)} is missing beside {package}; reinstall realsyn"
    )


@cache
def _unpacked(archive: Path, package: str) -> Path:
    """Return the folder that holds what an archive bundles, named by the archive's digest."""
    with archive.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()

    def unpack(folder: Path) -> None:
        with zipfile.ZipFile(archive) as file:
            prefix = f"{package}/bundled/"
            file.extractall(folder, [name for name in file.namelist() if name.startswith(prefix)])

    return made_once(f"bundled-{digest}", unpack) / package / "bundled"
