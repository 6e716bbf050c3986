"""Where an export is written: beside its place until it is whole, and never over what is not ours."""

from collections.abc import Iterator
from contextlib import contextmanager

from pyarrow import fs

from realsyn_lib.errors import InputError
from realsyn_lib.files import open_file_system, remove_folder, replace_folder
from realsyn_lib.release.checksums import MARKER, SUMS
from realsyn_lib.release.shard_files import telling_place
from realsyn_lib.release.unfinished import BEGUN, Unfinished, begin, beside


def files_of(place: str) -> list[fs.FileInfo]:
    """Return what lies right below a place, by name."""
    system, path = open_file_system(place)
    found = system.get_file_info(fs.FileSelector(path, allow_not_found=True))
    return sorted(found, key=lambda info: info.base_name)


def exported_names(place: str) -> list[str]:
    """Return the names of an export's files, by name; the two that tell of them are not among them."""
    names = [info.base_name for info in files_of(place) if info.type == fs.FileType.File]
    return [
        name for name in names if name not in (MARKER, SUMS, BEGUN) and not name.startswith(".")
    ]


def require_replaceable(place: str) -> None:
    """Refuse a place that holds anything but an earlier export.

    Raises:
        InputError: a file, or a folder with files that no export wrote.
    """
    _require_own(place, place, MARKER, "an export")
    _require_own_rest(place)


@contextmanager
def written_whole(place: str) -> Iterator[Unfinished]:
    """Give a folder to write into; it takes the place when the block ends, and is gone if it fails.

    What a killed export or a lost task has left there is removed. A task that still writes when the block
    ends has written all that its other attempt has, and finds its folder gone.

    Raises:
        InputError: the folder beside the place holds files of others.
        EnvironmentFault: the place cannot be written to.
    """
    partial = beside(place)
    _require_own_rest(place)
    remove_folder(partial)
    with telling_place(place):
        export = begin(partial)
    try:
        yield export
        with telling_place(place):
            _remove_leftovers(partial)
            replace_folder(partial, place)
            _remove_leftovers(place)  # of a task that began a file at this very moment
    finally:
        remove_folder(partial)


def _require_own_rest(place: str) -> None:
    """Take for the rest of an export what is marked so, or has the names of the one that lies at the place.

    A task may end an upload to an object store after its export has ended.
    """
    left = {info.base_name for info in files_of(beside(place))}
    finished = {info.base_name for info in files_of(place)}
    if not (left and MARKER in finished and left <= finished):
        _require_own(beside(place), place, BEGUN, "the rest of an export")


def _require_own(folder: str, place: str, marker: str, kind: str) -> None:
    system, path = open_file_system(folder)
    if system.get_file_info(path).type == fs.FileType.File:
        raise InputError(
            f"--to {place}: {folder} is a file; name a folder that is new, empty or {kind}"
        )
    names = [info.base_name for info in files_of(folder)]
    if names and marker not in names:
        raise InputError(
            f"--to {place}: {folder} holds {len(names)} files that no export wrote, such as "
            f"{min(names)}; name a folder that is new, empty or {kind}"
        )


def _remove_leftovers(folder: str) -> None:
    """A task that was killed and done again leaves a file that begins with a dot."""
    system, _ = open_file_system(folder)
    for info in files_of(folder):
        if info.base_name.startswith(".") or info.base_name == BEGUN:
            system.delete_file(info.path)
