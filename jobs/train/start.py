"""A training as a process of its own: it ends with this one."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from jobs.train.training_folder import held, last_checkpoint
from realsyn_lib.errors import EnvironmentFault

_GRACE_S = 30.0  # for torchrun to end its processes


def start_training(script: Path) -> Path:
    """Run a training's script to its end; returns its last checkpoint.

    Raises:
        LockedError: it is being run already.
        EnvironmentFault: open_clip ended with another exit code than 0, or wrote no checkpoint.
    """
    folder = script.parent
    with held(folder) as lock, _told_to_end():
        code = _run(script, lock)
    checkpoint = last_checkpoint(folder)
    if code != 0 or checkpoint is None:
        raise EnvironmentFault(
            f"train: open_clip ended with exit code {code}"
            f"{'' if checkpoint else ' and wrote no checkpoint'}; read {folder / 'out.log'} and what it "
            "said above; the same command goes on from the last whole epoch"
        )
    return checkpoint


def _run(script: Path, lock: int) -> int:
    """Run it with the lock in its hands: should this process be killed, it is held as long as it trains."""
    with subprocess.Popen(["sh", str(script)], pass_fds=[lock]) as process:
        try:
            return process.wait()
        finally:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(_GRACE_S)
                except subprocess.TimeoutExpired:
                    process.kill()


@contextmanager
def _told_to_end() -> Iterator[None]:
    """Take the signal to end as an interruption, so that the training does not outlive it."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
