"""An export that is being written to a folder of the test's own."""

from realsyn_lib.files import write_bytes
from realsyn_lib.release.unfinished import BEGUN, Unfinished


def begun(folder: str) -> Unfinished:
    """Mark a folder, made where it is missing, as one that an export writes into."""
    write_bytes(f"{folder}/{BEGUN}", b"")
    return Unfinished(folder)
