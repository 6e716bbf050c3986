"""The folder of an export that is being written, and how a task knows that it still is."""

import secrets
from dataclasses import dataclass

from realsyn_lib.errors import EnvironmentFault
from realsyn_lib.files import read_bytes, write_bytes
from realsyn_lib.release.shard_files import telling_place

BEGUN = "_begun"  # says that a folder is ours, and whose turn it is
_SUFFIX = ".partial"


@dataclass(frozen=True)
class Unfinished:
    """A folder that an export writes into; ``token`` is told by its marker as long as it does."""

    folder: str
    token: str

    def require(self) -> None:
        """Refuse to go on once the export has ended: an attempt at a task may outlive it.

        Where Spark speculates, or an executor has lost its driver, such an attempt would leave files
        beside a finished export, or give an old one's to the next.

        Raises:
            EnvironmentFault: the folder is gone, or belongs to another export.
        """
        if read_bytes(f"{self.folder}/{BEGUN}") != self.token.encode():
            raise EnvironmentFault(
                f"export: {self.folder} has been finished, removed or begun anew since this task was "
                "given; where the command itself ends by this, run it again: nothing was replaced"
            )


def beside(place: str) -> str:
    """Return the folder in which an export waits until it takes its place."""
    return f"{place}{_SUFFIX}"


def is_beside(folder: str) -> bool:
    """Say whether a folder has the name of one in which an export waits."""
    return folder.endswith(_SUFFIX)


def begin(folder: str) -> Unfinished:
    """Make a folder that is not there yet ready to be written into.

    Raises:
        EnvironmentFault: it cannot be made.
    """
    token = secrets.token_hex(8)
    with telling_place(folder):
        write_bytes(f"{folder}/{BEGUN}", token.encode())
    return Unfinished(folder, token)
