"""The jars of a local session, for Delta and S3: had from Maven once, then kept in the cache folder."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pyspark

from realsyn_lib.errors import EnvironmentFault
from realsyn_lib.files import write_text
from realsyn_lib.models.cache import cache_root

_SCALA = "2.13"
_AWS_SDK, _AWS_SDK_VERSION = "software.amazon.awssdk", "2.35.4"  # that of Hadoop 3.5.0
_AWS_SDK_PARTS = ("s3", "s3-transfer-manager", "sts", "apache-client", "netty-nio-client")
_MANIFEST = "jars.json"  # written last: a folder without it, or unlike it, is had again
_DEADLINE_S = 600


@dataclass(frozen=True)
class Packages:
    """What Maven is asked for, what it leaves out, and the folder the jars are kept in."""

    what: str
    folder: Path
    wanted: tuple[str, ...]
    left_out: tuple[str, ...] = ()


def delta_jars() -> list[str]:
    """Return the jars that a session adds to Spark's own: named by REALSYN_DELTA_JARS, or cached.

    Raises:
        EnvironmentFault: a named file is none, or Maven cannot be reached.
    """
    named = os.environ.get("REALSYN_DELTA_JARS")
    if not named:
        return cached_jars(delta_packages())
    jars = named.split(",")
    missing = [jar for jar in jars if not os.path.isfile(jar)]
    if missing:
        raise EnvironmentFault(
            f"REALSYN_DELTA_JARS names {missing[0]}, which is no file; correct it"
        )
    return jars


def delta_packages() -> Packages:
    """Return Delta of the installed delta-spark for the installed pyspark.

    Before 4.1 there was one Spark for each Delta, and its name did not say which.
    """
    delta, spark = version("delta-spark"), pyspark.__version__
    suffix = "" if delta.startswith("4.0.") else f"_{'.'.join(spark.split('.')[:2])}"
    wanted = f"io.delta:delta-spark{suffix}_{_SCALA}:{delta}"
    return Packages("Delta", _kept_in(f"jars-spark{spark}-delta{delta}"), (wanted,))


def s3_packages() -> Packages:
    """Return S3A for the Hadoop that the installed pyspark brings.

    Of Amazon's SDK the parts that S3A loads: together they are 19 MB, the whole is 600.
    """
    (client,) = (Path(pyspark.__file__).parent / "jars").glob("hadoop-client-api-*.jar")
    hadoop = client.stem.rsplit("-", 1)[-1]
    parts = tuple(f"{_AWS_SDK}:{name}:{_AWS_SDK_VERSION}" for name in _AWS_SDK_PARTS)
    folder = _kept_in(f"jars-hadoop{hadoop}-s3-{_AWS_SDK_VERSION}")
    wanted = (f"org.apache.hadoop:hadoop-aws:{hadoop}", *parts)
    return Packages("S3", folder, wanted, (f"{_AWS_SDK}:bundle",))


def _kept_in(name: str) -> Path:
    """A folder of the user's cache.

    REALSYN_MODELS does not move it: the folder above that may belong to another user.
    """
    return cache_root({}).parent / name


def cached_jars(packages: Packages) -> list[str]:
    """Return the jars of the packages' folder, filled from Maven where it is not there or not whole."""
    if not is_whole(packages.folder):
        print(
            f"realsyn: fetching {packages.what}'s jars from Maven, once",
            file=sys.stderr,
            flush=True,
        )
        _fill(packages)
    return sorted(str(path) for path in packages.folder.glob("*.jar"))


def is_whole(folder: Path) -> bool:
    """Say whether the folder holds every jar of its manifest in its full size, and no other."""
    try:
        sizes = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(sizes) and sizes == _sizes(folder)


def _sizes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_size for path in folder.glob("*.jar")}


def _fill(packages: Packages) -> None:
    """Resolve into a folder of its own, then give the jars their place one by one, manifest last.

    Neither the user's Ivy cache nor ~/.m2 is looked at: a half-filled one stops Ivy. Two runs
    that fill at once give each other the same files.
    """
    folder = packages.folder
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as home:
        _resolve(packages, Path(home))
        for jar in (Path(home) / "ivy" / "jars").glob("*.jar"):
            if _adds_to_spark(jar.name):
                jar.replace(folder / jar.name)
    write_text(str(folder / _MANIFEST), json.dumps(_sizes(folder), sort_keys=True))


def _resolve(packages: Packages, home: Path) -> None:
    """Let spark-submit resolve the packages for a script that does nothing."""
    script = home / "nothing.py"
    script.write_text("", encoding="utf-8")
    submit = Path(pyspark.__file__).parent / "bin" / "spark-submit"
    command = [
        str(submit), "--master", "local[1]", "--packages", ",".join(packages.wanted),
        "--conf", f"spark.jars.ivy={home / 'ivy'}",
    ]  # fmt: skip
    if packages.left_out:
        command += ["--exclude-packages", ",".join(packages.left_out)]
    command.append(str(script))
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
        raise EnvironmentFault(_not_had(packages, f"no answer in {_DEADLINE_S} s")) from error
    if answer.returncode:
        raise EnvironmentFault(_not_had(packages, _reason(answer.stderr)))


def _adds_to_spark(name: str) -> bool:
    """Say whether Spark lacks this artefact: of what it brings, its own version is the one used."""
    own = {_artefact(path.name) for path in (Path(pyspark.__file__).parent / "jars").glob("*.jar")}
    return _artefact(name.split("_", 1)[1]) not in own


def _artefact(name: str) -> str:
    """``jackson-core-2.13.5.jar`` -> ``jackson-core``."""
    return name.removesuffix(".jar").rsplit("-", 1)[0]


def _reason(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if "rror" in line or "xception" in line]
    return lines[-1][:160] if lines else "spark-submit failed"


def _not_had(packages: Packages, why: str) -> str:
    return (
        f"{packages.what}'s jars ({packages.wanted[0]}) could not be had from Maven ({why}); connect "
        "to a network, or set DEFAULT_ARTIFACT_REPOSITORY to a mirror, or REALSYN_DELTA_JARS to jars "
        "on this disk"
    )
