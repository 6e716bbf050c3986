"""Where an export is written: beside its place until it is whole, and never over what is not ours."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from pyarrow import fs

from realsyn_lib.errors import InputError
from realsyn_lib.files import entries, is_file, open_file_system, remove_folder, replace_folder
from realsyn_lib.release.checksums import MARKER, SUMS
from realsyn_lib.release.shard_files import telling_place
from realsyn_lib.release.unfinished import BEGUN, Unfinished, attempts, begin, beside, strangers


def exported_names(place: str) -> list[str]:
    """Return the names of an export's files, by name; the two that tell of them are not among them."""
    names = [info.base_name for info in entries(place) if info.type == fs.FileType.File]
    return [
        name for name in names if name not in (MARKER, SUMS, BEGUN) and not name.startswith(".")
    ]


def require_replaceable(place: str) -> None:
    """Refuse a place that holds anything but an earlier export.

    Raises:
        InputError: a file, or a folder with files that no export wrote.
    """
    _require_own_attempts(place)
    _require_folder(place, place)
    names = [info.base_name for info in entries(place)]
    if names and MARKER not in names and not _waits_sealed(place):
        raise _not_ours(place, place, names)


@contextmanager
def written_whole(place: str) -> Iterator[Unfinished]:
    """Give a folder to write into; it takes the place when the block ends, and is gone if it fails.

    What a killed export or a lost task has left is removed. A task that still writes when the block
    ends has written all that its other attempt has, and finds its folder gone.

    Raises:
        InputError: the folder beside the place holds files of others.
        EnvironmentFault: the place cannot be written to, or the folder was removed meanwhile.
    """
    _require_own_attempts(place)
    if _waits_sealed(place) and not is_file(f"{place}/{MARKER}"):
        remove_folder(place)  # first: later nothing would tell that it is ours
    remove_folder(beside(place))
    export = begin(place)
    try:
        yield export
        export.require()
        with telling_place(place):
            _remove_leftovers(export.folder)
            replace_folder(export.folder, place)
            _remove_leftovers(place)  # of a task that began a file at this very moment
    finally:
        remove_folder(beside(place))


def _waits_sealed(place: str) -> bool:
    """Say whether a sealed attempt waits beside a place: what has no marker there is half an export.

    A kill may fall into the removal of the one before it or, on an object store, into its copying.
    """
    return any(is_file(f"{folder}/{MARKER}") for folder in attempts(place))


def _require_own_attempts(place: str) -> None:
    _require_folder(beside(place), place)
    others = strangers(place)
    if others:
        raise _not_ours(beside(place), place, others)


def _require_folder(folder: str, place: str) -> None:
    if is_file(folder):
        raise InputError(
            f"--to {place}: {folder} is a file; name a folder that is new, empty or an export"
        )


def _not_ours(folder: str, place: str, names: list[str]) -> InputError:
    return InputError(
        f"--to {place}: {folder} holds {len(names)} files that no export wrote, such as "
        f"{min(names)}; name a folder that is new, empty or an export"
    )


def _remove_leftovers(folder: str) -> None:
    """A task that was killed and done again leaves a file that begins with a dot."""
    system, _ = open_file_system(folder)
    for info in entries(folder):
        if info.base_name.startswith(".") or info.base_name == BEGUN:
            with suppress(FileNotFoundError):  # a late task may remove its own
                system.delete_file(info.path)
