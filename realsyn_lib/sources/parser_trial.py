"""Parse a page in a process of its own, only to see that it comes to an end.

Started as ``python -m realsyn_lib.sources.parser_trial SECONDS BYTES`` with the page, as UTF-8, on
standard input. What could hold or break the parser holds or breaks that process: the parser cannot be
interrupted in ours.
"""

import os
import resource
import signal
import subprocess
import sys

from selectolax.lexbor import LexborHTMLParser

from realsyn_lib.child_process import child_environment, limit_memory, lower_limit
from realsyn_lib.errors import EnvironmentFault

MAX_SECONDS = 30  # of a processor; the parser reads some 50 MB of an honest page in one
MAX_MEMORY_BYTES = 4 * 2**30
_BASE_BYTES, _BYTES_A_BYTE = 2**29, 128  # honest pages take some 30 bytes for each of theirs
_READY = b"\x06"
_TRIES = 2  # a death may be the machine's fault; two on the same page are the page's
_SECONDS_BY_THE_CLOCK = 600.0  # while a process waits, no seconds of a processor pass


def ends_well(
    data: bytes, max_seconds: int = MAX_SECONDS, max_memory_bytes: int | None = None
) -> bool:
    """Tell whether the parser reads a page in so many seconds of a processor and bytes of address space.

    ``max_memory_bytes``: where it is left out, as many as a page of that length may want.

    Raises:
        EnvironmentFault: the process cannot start.
    """
    by_length = min(MAX_MEMORY_BYTES, _BASE_BYTES + _BYTES_A_BYTE * len(data))
    limits = str(max_seconds), str(max_memory_bytes or by_length)
    command = [sys.executable, "-m", "realsyn_lib.sources.parser_trial", *limits]
    return any(_ends_well(command, data) for _ in range(_TRIES))


def _ends_well(command: list[str], data: bytes) -> bool:
    try:
        done = subprocess.run(
            command, input=data, capture_output=True, check=False, timeout=_SECONDS_BY_THE_CLOCK,
            env=child_environment(),
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return False
    except OSError as error:
        raise EnvironmentFault(_cannot_start(command, str(error))) from error
    if not done.stdout.startswith(_READY):
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise EnvironmentFault(
            _cannot_start(command, f"exit code {done.returncode} {' '.join(said)}")
        )
    return done.returncode == 0


def _cannot_start(command: list[str], cause: str) -> str:
    return (
        f"the process that tries out large pages ended at its start ({cause[:300]}); expected it to "
        f"begin; run `{' '.join(command)} < /dev/null` and read its error"
    )


def main() -> None:
    """Parse what standard input holds, within the seconds and bytes of the two arguments."""
    max_seconds, max_memory_bytes = map(int, sys.argv[1:])
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    os.write(1, _READY)
    page = sys.stdin.buffer.read().decode("utf-8", "surrogatepass")
    lower_limit(resource.RLIMIT_CPU, max_seconds)
    limit_memory(max_memory_bytes)
    LexborHTMLParser(page)
    os._exit(0)  # taking the tree apart costs as much again


if __name__ == "__main__":
    main()
