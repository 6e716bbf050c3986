"""One file, read as a whole and held to the best that is known of it."""

from pyarrow import fs

from realsyn_lib.files import open_file_system, open_seekable, read_bytes, sha256_of
from realsyn_lib.integrity.contents import damage_within
from realsyn_lib.integrity.sidecar import differs_from, sidecar_of


def damage_of(location: str, sha256: str | None = None) -> str | None:
    """Say what is wrong with a file; None where it is what was written.

    Held to the digest that is known, else to the checksums beside it, else to what it says of itself.

    Args:
        location: path or URI.
        sha256: hex digest, or its first digits.
    """
    system, path = open_file_system(location)
    try:
        info = system.get_file_info(path)
        if info.type != fs.FileType.File:
            return "is missing"
        if sha256 is not None:
            found = sha256_of(location)
            told = found[: len(sha256)]
            return None if told == sha256 else f"SHA-256 is {told}, expected {sha256}"
        is_local = isinstance(system, fs.LocalFileSystem)
        checksums = read_bytes(sidecar_of(path)) if is_local else None
        with open_seekable(location) as file:
            if checksums is not None:
                return differs_from(file, checksums)
            return damage_within(info.base_name, file, info.size)
    except OSError as error:  # a disk that no longer gives what it holds
        return f"cannot be read: {error.strerror or error}"
