"""The folder of one training: its script, its settings, its checkpoints, and who is at work in it."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from realsyn_lib.errors import EnvironmentFault, LockedError, SettingError
from realsyn_lib.files import read_text, write_text
from realsyn_lib.training.command import Training, script

SCRIPT = "train.sh"
_SETTINGS = "training.json"
_CHECKPOINTS = "checkpoints"


def write_training(training: Training, path: str) -> Path:
    """Write the script and the settings of a training; returns the script.

    Raises:
        LockedError: another process trains there.
        SettingError: checkpoints of a training with other settings lie there.
        EnvironmentFault: the folder cannot be written to.
    """
    folder = Path(training.logs, training.name)
    told = _told(training)
    target = folder / SCRIPT
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with held(folder):
            _require_same(folder, told)
            write_text(str(folder / _SETTINGS), json.dumps(told, indent=2, sort_keys=True) + "\n")
            write_text(str(target), script(training, path))
            target.chmod(0o755)
    except OSError as error:
        raise EnvironmentFault(
            f"train: {folder} cannot be written ({error.strerror}); say --to with another folder"
        ) from error
    return target


def last_checkpoint(folder: Path) -> Path | None:
    """Return the checkpoint that a training has written last."""
    found = [path for path in folder.glob(f"{_CHECKPOINTS}/*.pt") if path.name != "tmp.pt"]
    return max(found, key=lambda path: path.stat().st_mtime, default=None)


@contextmanager
def held(folder: Path) -> Iterator[int]:
    """Keep others from training in the same folder, until all that have the descriptor given have ended.

    Raises:
        LockedError: another process trains there.
    """
    with (folder / "train.lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise LockedError(
                f"train: {folder} is being trained in by process {file.read().strip() or 'unknown'}; "
                "wait for it, stop it, or say another --name"
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield file.fileno()


def _told(training: Training) -> dict[str, Any]:
    """Return what makes a training what it is: not on what or how many devices it runs."""
    told = training.recipe.model_dump(exclude={"batch_size", "rows_per_device"})
    shards = {"samples": training.shards.sample_count, "shards": training.shards.digest}
    return {**told, **shards, "batch_size": training.sizing.batch}


def _require_same(folder: Path, told: dict[str, Any]) -> None:
    before = read_text(str(folder / _SETTINGS))
    if before is None or last_checkpoint(folder) is None:
        return
    was = json.loads(before)
    other = [
        f"{name} ({was.get(name)}, now {told.get(name)})"
        for name in sorted({*was, *told})
        if was.get(name) != told.get(name)
    ]
    if other:
        raise SettingError(
            f"train: {folder} holds checkpoints of another {', '.join(other)}; say another --name, or "
            "the settings and shards it was begun with"
        )
