"""A clock that jumps, as that of a laptop which has slept does: a local session outlives it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clock_trials import make_library, shift_clock

ROOT = Path(__file__).parents[2]
# Every ten seconds an executor says that it lives. Once a minute Spark looks who has not for two, here once
# a second; of jumps that follow each other so slowly one has no sign of life between it and the next look.
SESSION = """
import sys, time
from pathlib import Path
from jobs.session import open_session
from realsyn_lib.config import load_config
from tests.clock_trials import shift_clock

config = load_config("local", ["spark.driver_memory=1g"])
config.spark.conf.update({"spark.network.timeoutInterval": "1s"})
spark = open_session(config, "clock", is_brief=True)
java = spark._jvm.java.lang.System
before = java.currentTimeMillis()
for hours in range(1, 9):
    shift_clock(Path(sys.argv[1]), hours * 3600)
    time.sleep(1.5)
print(java.currentTimeMillis() - before > 8 * 3600 * 1000, spark.range(10).count())
"""


def test_a_local_session_does_not_give_up_its_own_executor(tmp_path: Path):
    """One that is given up is told so at each sign of life, and ends Java at the sixtieth."""
    library, shift = make_library(tmp_path), tmp_path / "shift"
    if library is None:
        pytest.skip("a C compiler is missing (cc)")
    shift_clock(shift, 0)
    clock = {"LD_PRELOAD": str(library), "FAKE_CLOCK_SHIFT": str(shift)}
    ended = subprocess.run(
        [sys.executable, "-c", SESSION, str(shift)], cwd=ROOT, env=os.environ | clock,
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    assert ended.stdout == "True 10\n"
    assert " ERROR " not in ended.stderr
