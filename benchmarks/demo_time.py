"""How long a newcomer waits: set-up from nothing, the demo, and the same command with nothing to do."""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIMITS_S = {"setup": 360.0, "demo": 240.0, "rerun": 30.0}


def main() -> None:
    """Time the commands as they are typed; print a table and, last, one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--setup", action="store_true", help="time `make setup` in a fresh copy too"
    )
    parser.add_argument("--work", type=Path, help="folder for the warehouse and the copy")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.work) as work:
        took = _setup(Path(work)) if arguments.setup else {}
        command = [str(Path(sys.executable).with_name("realsyn")), "demo"]
        command += ["--warehouse", str(Path(work) / "warehouse")]
        for name in ("demo", "rerun"):
            took[name] = _seconds(command, ROOT, dict(os.environ))
    cores = os.cpu_count()
    load = os.getloadavg()[1]
    print(
        f"{cores} cores, load of the last five minutes {load:.1f} (the demo itself makes about 2)"
    )
    for name, seconds in took.items():
        print(f"{name:<6}{seconds:8.1f} s, wanted at most {LIMITS_S[name]:.0f} s")
    print(json.dumps(_figures(took)))


def _setup(work: Path) -> dict[str, float]:
    """Clone the checkout and set it up with empty caches of pip, jars and models."""
    copy = work / "checkout"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(copy)], check=True)
    home = work / "home"
    home.mkdir()
    environment = {**os.environ, "HOME": str(home), "PIP_CACHE_DIR": str(home / "pip")}
    return {"setup": _seconds(["make", "setup"], copy, environment)}


def _seconds(command: list[str], folder: Path, environment: dict[str, str]) -> float:
    started = time.monotonic()
    subprocess.run(command, cwd=folder, env=environment, check=True)
    return time.monotonic() - started


def _figures(took: dict[str, float]) -> dict[str, object]:
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {
        "name": "demo_time",
        "n": 1,
        "ours": took,
        "peer": None,
        "ratio": None,
        "quality_ours": None,
        "quality_peer": None,
        "wall_s": sum(took.values()),
        "peak_mb": peak,
        "limits_s": LIMITS_S,
        "versions": {name: version(name) for name in ("pyspark", "delta-spark", "torch")},
    }


if __name__ == "__main__":
    main()
