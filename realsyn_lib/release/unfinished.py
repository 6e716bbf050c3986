"""Where an export waits until it is whole: ``PLACE.partial/TOKEN``, and its tasks know when it has ended."""

import re
import secrets
from dataclasses import dataclass

from pyarrow import fs

from realsyn_lib.errors import EnvironmentFault
from realsyn_lib.files import entries, is_file, write_bytes
from realsyn_lib.release.shard_files import telling_place

BEGUN = "_begun"  # there as long as an export is being written
_SUFFIX = ".partial"
_TOKEN = re.compile("[0-9a-f]{16}")


@dataclass(frozen=True)
class Unfinished:
    """The folder of one attempt to write an export; no other attempt has its name."""

    folder: str

    def require(self) -> None:
        """Refuse to go on once the export has ended: an attempt at a task may outlive it.

        Where Spark speculates, or an executor has lost its driver, such an attempt would leave files
        beside a finished export.

        Raises:
            EnvironmentFault: the export has ended, or its folder was removed.
        """
        if not is_file(f"{self.folder}/{BEGUN}"):
            raise EnvironmentFault(
                f"export: {self.folder} has been finished or removed while it was written to; where "
                "the command itself ends by this, run it again: nothing was replaced"
            )


def beside(place: str) -> str:
    """Return the folder in which the attempts at an export wait."""
    return f"{place}{_SUFFIX}"


def is_beside(folder: str) -> bool:
    """Say whether a folder has the name of one in which attempts at an export wait."""
    return folder.endswith(_SUFFIX)


def begin(place: str) -> Unfinished:
    """Make the folder of a new attempt at an export.

    Raises:
        EnvironmentFault: it cannot be made.
    """
    folder = f"{beside(place)}/{secrets.token_hex(8)}"
    with telling_place(place):
        write_bytes(f"{folder}/{BEGUN}", b"")
    return Unfinished(folder)


def attempts(place: str) -> list[str]:
    """Return the folders of the attempts at an export that were not finished."""
    return [
        f"{beside(place)}/{info.base_name}" for info in entries(beside(place)) if _is_attempt(info)
    ]


def strangers(place: str) -> list[str]:
    """Return the names of what lies among the attempts at an export and is none."""
    return [info.base_name for info in entries(beside(place)) if not _is_attempt(info)]


def _is_attempt(info: fs.FileInfo) -> bool:
    return info.type == fs.FileType.Directory and bool(_TOKEN.fullmatch(info.base_name))
