"""The folder of one training: its script, its settings, its checkpoints, and who is at work in it."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from realsyn_lib.errors import EnvironmentFault, LockedError, SettingError
from realsyn_lib.files import read_text, write_text
from realsyn_lib.training.command import Training, open_clip_options, script

SCRIPT = "train.sh"
_SETTINGS = "training.json"
_CHECKPOINTS = "checkpoints"
# What a resumed training may have otherwise: they change its speed, or lie elsewhere.
_FREE = {"--train-data", "--logs", "--workers", "--device", "--log-every-n-steps"}


def write_training(training: Training, path: str) -> Path:
    """Write the script and the settings of a training; returns the script.

    Raises:
        SettingError: checkpoints of a training with other settings lie there.
        EnvironmentFault: the folder cannot be written to.
    """
    folder = Path(training.logs, training.name)
    told = _told(training)
    _require_same(folder, told)
    target = folder / SCRIPT
    try:
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
def held(folder: Path) -> Iterator[None]:
    """Keep others from training in the same folder; free at once when this process ends.

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
        yield


def _told(training: Training) -> dict[str, str]:
    """Return the options that make a training what it is."""
    words = iter(open_clip_options(training))
    told = {"shards": training.shards.digest, "devices": str(training.machine.devices)}
    key = ""
    for word in words:
        if word.startswith("--"):
            key = word
            told[key] = ""
        else:
            told[key] = f"{told[key]} {word}".strip()
    return {name: value for name, value in told.items() if name not in _FREE}


def _require_same(folder: Path, told: dict[str, str]) -> None:
    before = read_text(str(folder / _SETTINGS))
    if before is None or last_checkpoint(folder) is None:
        return
    was = json.loads(before)
    other = sorted(name for name in {*was, *told} if was.get(name) != told.get(name))
    if other:
        raise SettingError(
            f"train: {folder} holds a training with another "
            f"{', '.join(f'{name} ({was.get(name)}, now {told.get(name)})' for name in other)}; say "
            "another --name, or the settings it was begun with"
        )
