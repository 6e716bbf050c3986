"""Where an export is written: beside its place until it is whole, and never over what is not ours."""

from collections.abc import Iterator
from contextlib import contextmanager

from pyarrow import fs

from realsyn_lib.errors import InputError
from realsyn_lib.files import open_file_system, remove_folder, replace_folder, write_bytes
from realsyn_lib.release.checksums import MARKER, SUMS
from realsyn_lib.release.shard_files import telling_place

_BEGUN = "_begun"  # says that the folder of an unfinished export is ours


def files_of(place: str) -> list[fs.FileInfo]:
    """Return what lies right below a place, by name."""
    system, path = open_file_system(place)
    found = system.get_file_info(fs.FileSelector(path, allow_not_found=True))
    return sorted(found, key=lambda info: info.base_name)


def exported_names(place: str) -> list[str]:
    """Return the names of an export's files, by name; the two that tell of them are not among them."""
    names = [info.base_name for info in files_of(place) if info.type == fs.FileType.File]
    return [
        name for name in names if name not in (MARKER, SUMS, _BEGUN) and not name.startswith(".")
    ]


def require_replaceable(place: str) -> None:
    """Refuse a place that holds anything but an earlier export.

    Raises:
        InputError: a file, or a folder with files that no export wrote.
    """
    _require_own(place, place, MARKER, "an export")
    _require_own(_unfinished(place), place, _BEGUN, "the rest of an export")


@contextmanager
def written_whole(place: str) -> Iterator[str]:
    """Give a folder to write into; it takes the place when the block ends, and is gone if it fails.

    What a killed export or a lost task has left there is removed.

    Raises:
        InputError: the folder beside the place holds files of others.
        EnvironmentFault: the place cannot be written to.
    """
    partial = _unfinished(place)
    _require_own(partial, place, _BEGUN, "the rest of an export")
    remove_folder(partial)
    with telling_place(place):
        write_bytes(f"{partial}/{_BEGUN}", b"")
    try:
        yield partial
        with telling_place(place):
            _remove_leftovers(partial)
            replace_folder(partial, place)
    finally:
        remove_folder(partial)


def _unfinished(place: str) -> str:
    return f"{place}.partial"


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
        if info.base_name.startswith(".") or info.base_name == _BEGUN:
            system.delete_file(info.path)
