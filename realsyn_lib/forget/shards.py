"""Files of an export without some of their rows or texts, in place: each is whole at any moment."""

import hashlib
import io
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import fs

from realsyn_lib.files import open_file_system, open_seekable, read_bytes, write_bytes
from realsyn_lib.ids import content_hash_id
from realsyn_lib.release.records import TEXT_COLUMNS, records_file, records_of
from realsyn_lib.release.samples import SUCCESS, Facts, json_of, samples_file
from realsyn_lib.release.shard_files import ShardFile, telling_place
from realsyn_lib.release.shards import ShardStats
from realsyn_lib.release.webdataset import stats_json
from realsyn_lib.sources.tar_walk import ForwardFile, tar_members

Files = dict[str, bytes | memoryview]  # of a sample, by their ending


@dataclass(frozen=True)
class Losses:
    """What a file loses. ``rows``: image ids; ``texts``: columns of ``TEXT_COLUMNS``, by image id."""

    rows: frozenset[int] = frozenset()
    texts: Mapping[int, frozenset[str]] = field(default_factory=dict)


def clean_records(place: str, name: str, losses: Losses) -> None:
    """Rewrite a parquet file of records."""
    table = pq.read_table(io.BytesIO(_file(f"{place}/{name}")))
    rows = [
        _without_texts(row, losses.texts.get(image_id, frozenset()))
        for row in table.to_pylist()
        if (image_id := content_hash_id(row["raw_image_url"])) not in losses.rows
    ]
    with telling_place(place):
        write_bytes(
            f"{place}/{name}", records_file(records_of(pa.Table.from_pylist(rows, table.schema)))
        )


def clean_shard(place: str, name: str, losses: Losses) -> None:
    """Rewrite a shard of a webdataset: its tar, its counts, and last its table, by which losses are found.

    ``name``: without ending. The samples that stay keep their keys.
    """
    rows = pq.read_table(io.BytesIO(_file(f"{place}/{name}.parquet"))).to_pylist()
    left = [_facts(row, losses) for row in rows if row["image_id"] not in losses.rows]
    changed = {row["key"]: row for row in left if row["image_id"] in losses.texts}
    size, digest = _clean_tar(place, name, {row["key"] for row in left}, changed)
    refused: dict[str, int] = {}
    for row in left:
        if row["status"] != SUCCESS:
            refused[row["error_message"]] = refused.get(row["error_message"], 0) + 1
    count = len(left) - sum(refused.values())
    table = samples_file(left)
    of_table = hashlib.sha256(table).hexdigest()
    stats = ShardStats(name, count, size, digest, of_table, dict(sorted(refused.items())))
    with telling_place(place):
        write_bytes(f"{place}/{name}_stats.json", stats_json(stats))
        write_bytes(f"{place}/{name}.parquet", table)


def _facts(row: Facts, losses: Losses) -> Facts:
    lost = losses.texts.get(row["image_id"])
    if not lost:
        return row
    fresh = _without_texts(row, lost)
    texts = [fresh[name] for name in TEXT_COLUMNS if fresh[name] is not None]
    if row["caption"] not in texts:
        fresh["caption"] = texts[0] if texts else ""
    return fresh


def _without_texts(row: Mapping[str, Any], lost: frozenset[str]) -> dict[str, Any]:
    """The retrieved texts behind one that is lost move up."""
    retrieved = TEXT_COLUMNS[:-1]
    left = [row[name] for name in retrieved if name not in lost]
    left += [None] * (len(retrieved) - len(left))
    return {**row, **dict(zip(retrieved, left, strict=True))}


def _clean_tar(
    place: str, name: str, keys: set[str], changed: Mapping[str, Facts]
) -> tuple[int, str]:
    """Write the tar anew; return its size and SHA-256."""
    system, path = open_file_system(place)
    if isinstance(system, fs.LocalFileSystem):
        return _write_tar(path, place, name, keys, changed)
    with tempfile.TemporaryDirectory() as folder:
        told = _write_tar(folder, place, name, keys, changed)
        with telling_place(place):
            fs.copy_files(
                str(Path(folder) / f"{name}.tar"), f"{path}/{name}.tar",
                source_filesystem=fs.LocalFileSystem(), destination_filesystem=system,
            )  # fmt: skip
    return told


def _write_tar(
    folder: str, place: str, name: str, keys: set[str], changed: Mapping[str, Facts]
) -> tuple[int, str]:
    with ShardFile(folder, f"{name}.tar") as tar:
        for key, files in _samples(f"{place}/{name}.tar"):
            if key in keys:
                tar.add(key, _told_anew(files, changed.get(key)))
    return tar.size_bytes, tar.sha256


def _told_anew(files: Files, facts: Facts | None) -> Files:
    if facts is None:
        return files
    return files | {"json": json_of(facts), "txt": facts["caption"].encode("utf-8")}


def _samples(location: str) -> Iterator[tuple[str, Files]]:
    """Yield the files of each sample by their ending; one sample is in memory."""
    with open_seekable(location) as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        archive = ForwardFile(file, size, can_jump=True)
        last: str | None = None
        files: Files = {}
        for member in tar_members(archive):
            key, _, ending = member.name.partition(".")
            if last is not None and key != last:
                yield last, files
                files = {}
            files[ending] = archive.read(member.size)
            last = key
        if last is not None:
            yield last, files


def _file(location: str) -> bytes:
    data = read_bytes(location)
    if data is None:
        raise FileNotFoundError(location)
    return data


def losses_of(found: Sequence[Mapping[str, Any]]) -> Losses:
    """Return what a file loses, of rows of image_id, is_gone and lost (names of texts)."""
    rows = frozenset(row["image_id"] for row in found if row["is_gone"])
    texts = {row["image_id"]: frozenset(row["lost"]) for row in found if not row["is_gone"]}
    return Losses(rows, texts)
