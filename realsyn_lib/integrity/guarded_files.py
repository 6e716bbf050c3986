"""Small files of ours that have no digest in their name: written with checksums beside, read against them."""

import io
from pathlib import Path

from pyarrow import fs

from realsyn_lib.errors import ContractError
from realsyn_lib.files import open_file_system, read_bytes, write_bytes
from realsyn_lib.integrity.sidecar import checksums_of, differs_from, sidecar_of


def write_guarded(location: str, text: str) -> None:
    """Write a text, on a local disk with its checksums beside it; object stores keep their own.

    After a kill between the two the file is whole and has none.
    """
    system, path = open_file_system(location)
    data = text.encode("utf-8")
    if not isinstance(system, fs.LocalFileSystem):
        write_bytes(location, data)
        return
    Path(sidecar_of(path)).unlink(missing_ok=True)
    write_bytes(location, data)
    write_bytes(sidecar_of(path), checksums_of(data))


def read_guarded(location: str) -> str | None:
    """Return the text, None where there is no such file.

    Raises:
        ContractError: it is not what was written.
    """
    system, path = open_file_system(location)
    if not isinstance(system, fs.LocalFileSystem):
        data = read_bytes(location)
        return None if data is None else data.decode("utf-8")
    while True:
        checksums = read_bytes(sidecar_of(path))
        data = read_bytes(location)
        if read_bytes(sidecar_of(path)) == checksums:  # else it was written anew meanwhile
            break
    if data is None:
        return None
    problem = differs_from(io.BytesIO(data), checksums) if checksums is not None else None
    if problem is not None:
        raise ContractError(
            f"{location}: {problem}: it is not as it was written; restore it and {sidecar_of(path)} "
            "from a backup, or remove the second if the first is as you want it"
        )
    return data.decode("utf-8")
