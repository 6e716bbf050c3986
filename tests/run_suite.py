"""Run all tests: those marked ``slow`` in a process of their own beside the others.

    python tests/run_suite.py [pytest arguments]

Each half keeps two cores busy: on fewer than ``TOGETHER_CORES``, or with less than
``TOGETHER_BYTES`` of free memory, the halves run one after the other.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from jobs.doctor.machine import available_bytes

TOGETHER_CORES = 4  # on two, both at once took as long as one after the other
TOGETHER_BYTES = 14 * 2**30  # two drivers, their Python workers, and the models in each of them
HALVES = ("slow", "not slow")
NOTHING_CHOSEN = 5


def start(half: str, arguments: list[str], output: int | None) -> subprocess.Popen[bytes]:
    """Start pytest on a half; ``output`` is a file descriptor, None for this one's."""
    command = [sys.executable, "-m", "pytest", "-m", half, *arguments]
    return subprocess.Popen(command, stdout=output, stderr=output)


def worse(codes: Iterable[int]) -> int:
    """Of two exit codes of pytest the higher one; a half in which nothing was chosen counts not."""
    return max((code for code in codes if code != NOTHING_CHOSEN), default=NOTHING_CHOSEN)


def main() -> int:
    """Run both halves to their end, show the output of both, return the worse exit code."""
    arguments = sys.argv[1:]
    if (os.cpu_count() or 1) < TOGETHER_CORES or (available_bytes() or 0) < TOGETHER_BYTES:
        return worse(start(half, arguments, None).wait() for half in HALVES)
    with tempfile.TemporaryFile() as kept:
        beside = start(HALVES[0], arguments, kept.fileno())
        codes = [start(HALVES[1], arguments, None).wait(), beside.wait()]
        kept.seek(0)
        print(f"\nThe tests marked {HALVES[0]}:\n{kept.read().decode(errors='replace')}")
    return worse(codes)


if __name__ == "__main__":
    sys.exit(main())
