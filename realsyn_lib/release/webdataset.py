"""Webdataset shards: tar files whose bytes depend on their samples alone."""

import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pyarrow import fs

from realsyn_lib.files import open_file_system
from realsyn_lib.release.picture import PictureRules, training_picture
from realsyn_lib.release.records import TEXT_COLUMNS
from realsyn_lib.release.shards import ShardStats, sample_key, shard_name


@dataclass(frozen=True)
class Sample:
    """One row of the release and its image file as it came."""

    image_id: int
    raw_image_url: str
    text1: str
    text2: str | None
    text3: str | None
    syn_text: str | None
    image: bytes


def write_shard(
    folder: str, shard_no: int, samples: Iterable[Sample], rules: PictureRules
) -> ShardStats:
    """Write one shard; it appears under its name when it is complete, or not at all.

    Members of a sample: ``KEY.jpg``, ``KEY.json`` (texts, URL, id, size), ``KEY.txt`` (text1).
    Keys are numbers of ours, so no name from outside reaches a file system. A sample whose
    picture cannot be decoded is left out and counted.

    Args:
        folder: folder, made where it is missing; on an object store a URI.
        shard_no: number of the shard.
        samples: in the order in which they are written.
        rules: of the pictures.

    Returns:
        Name, counts, size and SHA-256 of the file.
    """
    system, path = open_file_system(folder)
    if isinstance(system, fs.LocalFileSystem):
        Path(path).mkdir(parents=True, exist_ok=True)
        return _write_local(path, shard_no, samples, rules)
    with tempfile.TemporaryDirectory() as local:
        stats = _write_local(local, shard_no, samples, rules)
        fs.copy_files(
            str(Path(local, stats.name)),
            f"{path}/{stats.name}",
            source_filesystem=fs.LocalFileSystem(),
            destination_filesystem=system,
        )
    return stats


def _write_local(
    folder: str, shard_no: int, samples: Iterable[Sample], rules: PictureRules
) -> ShardStats:
    name = shard_name(shard_no)
    partial = Path(folder, f".{name}.partial-{os.getpid()}")
    try:
        with open(partial, "wb") as file:
            count, refused = write_samples(file, shard_no, samples, rules)
            file.flush()
            os.fsync(file.fileno())
        with open(partial, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = partial.stat().st_size
        partial.replace(Path(folder, name))
    finally:
        partial.unlink(missing_ok=True)
    _sync_folder(folder)
    return ShardStats(name, count, size, digest, refused)


def write_samples(
    file: BinaryIO, shard_no: int, samples: Iterable[Sample], rules: PictureRules
) -> tuple[int, dict[str, int]]:
    """Write a shard's tar to a binary file; return samples written, and left out by reason."""
    count, refused = 0, dict[str, int]()
    with tarfile.open(fileobj=file, mode="w|", format=tarfile.USTAR_FORMAT) as tar:
        for sample in samples:
            picture = training_picture(sample.image, rules)
            if picture.data is None:
                reason = picture.reason or "decode_error"
                refused[reason] = refused.get(reason, 0) + 1
                continue
            key = sample_key(shard_no, count)
            facts = _facts(sample, picture.width_px, picture.height_px)
            _add(tar, f"{key}.jpg", picture.data)
            _add(tar, f"{key}.json", facts)
            _add(tar, f"{key}.txt", _utf8(sample.text1))
            count += 1
    return count, refused


def _facts(sample: Sample, width_px: int, height_px: int) -> bytes:
    """Return the JSON of a sample; the id is text, for readers that know only doubles."""
    facts: dict[str, str | int | None] = {
        "height": height_px,
        "image_id": str(sample.image_id),
        "raw_image_url": sample.raw_image_url,
        "width": width_px,
    }
    facts.update({name: getattr(sample, name) for name in TEXT_COLUMNS})
    return json.dumps(facts, sort_keys=True, allow_nan=False).encode("ascii")


def _utf8(text: str) -> bytes:
    """Return UTF-8; a lone surrogate, which has none, becomes a question mark."""
    return text.encode("utf-8", errors="replace")


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = len(data), 0, 0o644
    tar.addfile(member, io.BytesIO(data))


def _sync_folder(folder: str) -> None:
    """Make the new name itself survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
