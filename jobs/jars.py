"""Delta's jars for a local session: had from Maven once, then taken from the cache folder."""

import json
import os
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import pyspark

from realsyn_lib.errors import EnvironmentFault
from realsyn_lib.files import write_text
from realsyn_lib.models.cache import cache_root

_SCALA = "2.13"
_MANIFEST = "jars.json"  # written last: a folder without it, or unlike it, is had again
_DEADLINE_S = 600


def delta_jars() -> list[str]:
    """Return the jars that a session adds to Spark's own: named by REALSYN_DELTA_JARS, or cached.

    Raises:
        EnvironmentFault: a named file is none, or Maven cannot be reached.
    """
    named = os.environ.get("REALSYN_DELTA_JARS")
    if not named:
        return cached_jars(jars_folder())
    jars = named.split(",")
    missing = [jar for jar in jars if not os.path.isfile(jar)]
    if missing:
        raise EnvironmentFault(
            f"REALSYN_DELTA_JARS names {missing[0]}, which is no file; correct it"
        )
    return jars


def jars_folder() -> Path:
    """Return where the jars of the installed pyspark and delta-spark are kept: in the user's cache.

    REALSYN_MODELS does not move them: the folder above it may belong to another user.
    """
    return cache_root({}).parent / f"jars-spark{pyspark.__version__}-delta{_delta()}"


def cached_jars(folder: Path) -> list[str]:
    """Return the jars of a folder, filled from Maven where it is not there or not whole."""
    if not is_whole(folder):
        print("realsyn: fetching Delta's jars from Maven, once", file=sys.stderr, flush=True)
        _fill(folder)
    return sorted(str(path) for path in folder.glob("*.jar"))


def is_whole(folder: Path) -> bool:
    """Say whether the folder holds every jar of its manifest in its full size, and no other."""
    try:
        sizes = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(sizes) and sizes == _sizes(folder)


def _sizes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_size for path in folder.glob("*.jar")}


def _fill(folder: Path) -> None:
    """Resolve into a folder of its own, then give the jars their place one by one, manifest last.

    Neither the user's Ivy cache nor ~/.m2 is looked at: a half-filled one stops Ivy. Two runs
    that fill at once give each other the same files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as home:
        _resolve(Path(home))
        for jar in (Path(home) / "ivy" / "jars").glob("*.jar"):
            if _adds_to_spark(jar.name):
                jar.replace(folder / jar.name)
    write_text(str(folder / _MANIFEST), json.dumps(_sizes(folder), sort_keys=True))


def _resolve(home: Path) -> None:
    """Let spark-submit resolve the package for a script that does nothing."""
    script = home / "nothing.py"
    script.write_text("", encoding="utf-8")
    package = f"io.delta:delta-spark_{pyspark.__version__[:3]}_{_SCALA}:{_delta()}"
    submit = Path(pyspark.__file__).parent / "bin" / "spark-submit"
    command = [
        str(submit), "--master", "local[1]", "--packages", package,
        "--conf", f"spark.jars.ivy={home / 'ivy'}", str(script),
    ]  # fmt: skip
    options = f"-Duser.home={home} {os.environ.get('SPARK_SUBMIT_OPTS', '')}"
    environment = {**os.environ, "SPARK_SUBMIT_OPTS": options, "PYSPARK_PYTHON": sys.executable}
    try:
        answer = subprocess.run(
            command,
            capture_output=True,
            text=True,
            env=environment,
            timeout=_DEADLINE_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise EnvironmentFault(_not_had(package, f"no answer in {_DEADLINE_S} s")) from error
    if answer.returncode:
        raise EnvironmentFault(_not_had(package, _reason(answer.stderr)))


def _adds_to_spark(name: str) -> bool:
    """Say whether Spark lacks this artefact: of what it brings, its own version is the one used."""
    own = {_artefact(path.name) for path in (Path(pyspark.__file__).parent / "jars").glob("*.jar")}
    return _artefact(name.split("_", 1)[1]) not in own


def _artefact(name: str) -> str:
    """``jackson-core-2.13.5.jar`` -> ``jackson-core``."""
    return name.removesuffix(".jar").rsplit("-", 1)[0]


def _delta() -> str:
    return version("delta-spark")


def _reason(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if "rror" in line or "xception" in line]
    return lines[-1][:160] if lines else "spark-submit failed"


def _not_had(package: str, why: str) -> str:
    return (
        f"Delta's jars ({package}) could not be had from Maven ({why}); connect to a network, or set "
        "DEFAULT_ARTIFACT_REPOSITORY to a mirror, or REALSYN_DELTA_JARS to jars on this disk"
    )
