"""Parse a page in a process of its own, only to see that it comes to an end.

Started as ``python -m realsyn_lib.sources.parser_trial`` with the page on standard input. What could
hold or break the parser holds or breaks that process: the parser cannot be interrupted in ours.
"""

import os
import resource
import signal
import subprocess
import sys

from realsyn_lib.errors import EnvironmentFault
from realsyn_lib.sources.encoding import decode_page

MAX_SECONDS = 30  # of a processor; the parser reads some 50 MB of an honest page in one
MAX_MEMORY_BYTES = 4 * 2**30
_READY = b"\x06"
_TRIES = 2  # a death may be the machine's fault; two on the same page are the page's


def ends_well(
    data: bytes, max_seconds: int = MAX_SECONDS, max_memory_bytes: int = MAX_MEMORY_BYTES
) -> bool:
    """Tell whether the parser reads a page in so many seconds of a processor and bytes of address space.

    Raises:
        EnvironmentFault: the process cannot start.
    """
    limits = str(max_seconds), str(max_memory_bytes)
    return any(_ends_well(data, limits) for _ in range(_TRIES))


def _ends_well(data: bytes, limits: tuple[str, str]) -> bool:
    command = [sys.executable, "-m", "realsyn_lib.sources.parser_trial", *limits]
    path = os.pathsep.join(path or os.getcwd() for path in sys.path)
    done = subprocess.run(
        command, input=data, capture_output=True, check=False, env=os.environ | {"PYTHONPATH": path}
    )
    if not done.stdout.startswith(_READY):
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise EnvironmentFault(
            f"the process that tries out large pages ended at its start with code {done.returncode} "
            f"({' '.join(said)[:200]}); expected it to begin; run `{' '.join(command)} < /dev/null`"
        )
    return done.returncode == 0


def main() -> None:
    """Parse what standard input holds, within the seconds and bytes of the two arguments."""
    max_seconds, max_memory_bytes = map(int, sys.argv[1:])
    data = sys.stdin.buffer.read()
    from selectolax.lexbor import LexborHTMLParser

    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (max_seconds, max_seconds))
    if sys.platform == "linux":  # elsewhere the address space cannot be limited reliably
        resource.setrlimit(resource.RLIMIT_AS, (max_memory_bytes, max_memory_bytes))
    os.write(1, _READY)
    LexborHTMLParser(decode_page(data).text or "")
    os._exit(0)  # taking the tree apart costs as much again


if __name__ == "__main__":
    main()
