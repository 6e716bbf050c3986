"""What dead runs left beside the tables, and index files that no published run uses."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

from pyarrow import fs

from jobs.index_files import INDEXES, used_files
from jobs.ledger import StageRun
from jobs.memory import folder_of
from jobs.names import local_folder
from jobs.processes import start_time
from realsyn_lib.files import entries, open_file_system
from realsyn_lib.stages import STAGES

_RESUMABLE = re.compile(r".+-[0-9a-f]{13}")  # Stage.resumable: a killed attempt goes on with it
_INSTRUCTIONS = re.compile(r"instructions-[0-9a-f]+-(\d+)")  # of jobs.instruction_set
_INDEX = re.compile(r"(.+-[0-9a-f]{12,13})\.\w+")
_HOUR_S = 3600.0


@dataclass(frozen=True)
class Removed:
    """A file or folder that is gone, and the bytes that it held."""

    place: str
    size_bytes: int


@dataclass(frozen=True)
class _Entry:
    """A file or a folder with all below it."""

    name: str
    is_folder: bool
    size_bytes: int
    newest_s: float


@dataclass(frozen=True)
class Leftovers:
    """The files beside the tables of a warehouse.

    Attributes:
        files: their folder.
        held: stages whose lock is held: no run of theirs is alive.
        runs: the published run of each stage that has one.
        retain_hours: what a killed run could go on with stays so long.
    """

    files: str
    held: frozenset[str]
    runs: dict[str, StageRun]
    retain_hours: float

    def remove(self) -> Iterator[Removed]:
        """Remove what nobody needs any more, piece by piece."""
        for place, entry in self._unneeded():
            system, path = open_file_system(f"{self.files}/{place}/{entry.name}")
            if entry.is_folder:
                system.delete_dir(path)
            else:
                system.delete_file(path)
            yield Removed(f"{place}/{entry.name}", entry.size_bytes)

    def _unneeded(self) -> Iterator[tuple[str, _Entry]]:
        for stage in sorted(self.held):
            place = f"work/{stage}"
            yield from ((place, entry) for entry in self._below(place) if self._is_dead(entry))
            yield from self._old_memory(stage)
        for entry in self._below("work"):
            if self._is_of_ended_instructions(entry):
                yield "work", entry
        if self.held == {stage.name for stage in STAGES}:
            yield from self._unused_indexes()

    def _is_dead(self, entry: _Entry) -> bool:
        return self._is_old(entry) or not _RESUMABLE.fullmatch(entry.name)

    def _old_memory(self, stage: str) -> Iterator[tuple[str, _Entry]]:
        """What attempts kept that published nothing; the next run that seals would remove it, too."""
        kept = folder_of(self.runs.get(stage))
        for entry in self._below(f"memory/{stage}"):
            if entry.name != kept and self._is_old(entry):
                yield f"memory/{stage}", entry

    def _is_of_ended_instructions(self, entry: _Entry) -> bool:
        """Its name has the process that made it; on another machine only its age tells."""
        made_by = _INSTRUCTIONS.fullmatch(entry.name)
        if made_by is None:
            return False
        is_here = local_folder(self.files) is not None
        return start_time(int(made_by[1])) is None if is_here else self._is_old(entry)

    def _unused_indexes(self) -> Iterator[tuple[str, _Entry]]:
        used = used_files(self.runs.values())
        for entry in self._below(INDEXES):
            named = _INDEX.fullmatch(entry.name)
            if (named and named[1] not in used) or entry.name.endswith(".tmp"):
                yield INDEXES, entry

    def _is_old(self, entry: _Entry) -> bool:
        return time.time() - entry.newest_s >= self.retain_hours * _HOUR_S

    def _below(self, place: str) -> list[_Entry]:
        """List the files and folders right below a folder, by name; none where it is not there."""
        folder = f"{self.files}/{place}"
        system, _ = open_file_system(folder)
        return [_entry(system, info) for info in entries(folder)]


def _entry(system: fs.FileSystem, info: fs.FileInfo) -> _Entry:
    is_folder = info.type == fs.FileType.Directory
    below = system.get_file_info(fs.FileSelector(info.path, recursive=True)) if is_folder else []
    files = [info, *below]
    size = sum(file.size or 0 for file in files if file.type == fs.FileType.File)
    newest = max(file.mtime.timestamp() if file.mtime else 0.0 for file in files)
    return _Entry(info.base_name, is_folder, size, newest)
