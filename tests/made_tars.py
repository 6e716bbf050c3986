"""Tar archives made in memory, by Python's own writer."""

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path


def tar_of(files: Mapping[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    """Return an archive of the files, in their order."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return stream.getvalue()


def write_tar(path: Path, files: Mapping[str, bytes]) -> Path:
    """Write such an archive; returns its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(tar_of(files))
    return path
