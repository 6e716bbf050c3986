"""CLIP_benchmark and scikit-learn, as oracles, in a folder of their own below build/.

CLIP_benchmark asks for packages of a hundred megabytes that its metrics do not need, so neither is
installed beside the rest.
"""

import subprocess
import sys
from pathlib import Path

PLACE = Path(__file__).resolve().parents[1] / "build" / "clip-benchmark"
PACKAGES = ("clip-benchmark==1.6.2", "scikit-learn==1.9.1", "threadpoolctl==3.8.0")


def clip_benchmark_folder() -> Path:
    """Return the folder to put on Python's path; it is made where it is not there yet."""
    if not (PLACE / ".ready").exists():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        target = ["--upgrade", "--no-deps", "--target", str(PLACE)]
        subprocess.run([*pip, *target, *PACKAGES], check=True)
        (PLACE / ".ready").touch()
    return PLACE
