"""The clouds' own tools and models of them, in an environment of their own below build/.

boto's packages need a python-dateutil that the pinned set of packages excludes.
"""

import subprocess
import sys
from pathlib import Path

PLACE = Path(__file__).resolve().parents[1] / "build" / "cloud-tools"
PACKAGES = (
    "moto[s3]==5.2.5", "flask==3.1.3", "flask-cors==6.0.5", "awscli==1.46.3",
    "databricks-bundles==1.22.1", "PyYAML",
)  # fmt: skip


def cloud_python() -> Path:
    """Return the interpreter of that environment, which is made where it is not there yet."""
    python = PLACE / "bin" / "python"
    if not (PLACE / ".ready").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(PLACE)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *PACKAGES], check=True)
        (PLACE / ".ready").touch()
    return python
