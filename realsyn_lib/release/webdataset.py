"""Webdataset shards as img2dataset lays them out: a tar, its table and its counts."""

import hashlib
import json
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pyarrow import fs

from realsyn_lib.files import open_file_system, write_bytes
from realsyn_lib.release.options import CaptionChoice, EncodeFormat
from realsyn_lib.release.samples import SUCCESS, Facts, Sample, facts_of, json_of, samples_file
from realsyn_lib.release.shard_files import ShardFile, telling_place
from realsyn_lib.release.shards import ShardStats, sample_key, shard_name
from realsyn_lib.release.unfinished import Unfinished


@dataclass(frozen=True)
class ShardLayout:
    """How samples are named and told: digits of a sample's number, its picture's ending, its caption."""

    index_digits: int
    encode_format: EncodeFormat
    caption: CaptionChoice


def write_shard(
    export: Unfinished, shard_no: int, samples: Iterable[Sample], layout: ShardLayout
) -> ShardStats:
    """Write ``00000.tar``, ``00000.parquet`` and ``00000_stats.json``; each appears when it is complete.

    Members of a sample: ``KEY.jpg``, ``KEY.json`` (``samples.SAMPLE_SCHEMA``), ``KEY.txt`` (the
    caption). Keys are numbers of ours, so no name from outside reaches a file system. A sample
    without a picture is left out of the tar, keeps its number, and stands in the table with its
    reason.

    Args:
        export: the folder to write into; on an object store a URI.
        shard_no: number of the shard.
        samples: in the order in which they are written. They stream; what is held is their facts.
        layout: of keys, names and captions.

    Returns:
        Name, counts, size and SHA-256 of the tar, SHA-256 of the table.

    Raises:
        EnvironmentFault: the place cannot be written to, or is not this export's any more.
    """
    export.require()
    system, path = open_file_system(export.folder)
    if isinstance(system, fs.LocalFileSystem):
        return _write_local(path, shard_no, samples, layout)
    with tempfile.TemporaryDirectory() as local:
        stats = _write_local(local, shard_no, samples, layout)
        export.require()
        with telling_place(export.folder):
            for file in sorted(Path(local).iterdir()):
                fs.copy_files(
                    str(file), f"{path}/{file.name}",
                    source_filesystem=fs.LocalFileSystem(), destination_filesystem=system,
                )  # fmt: skip
    return stats


def _write_local(
    folder: str, shard_no: int, samples: Iterable[Sample], layout: ShardLayout
) -> ShardStats:
    name = shard_name(shard_no)
    rows: list[Facts] = []
    with ShardFile(folder, f"{name}.tar") as tar:
        for index, sample in enumerate(samples):
            key = sample_key(shard_no, index, layout.index_digits)
            facts = facts_of(sample, key, layout.caption)
            rows.append(facts)
            if sample.picture.data is not None:
                tar.add(key, {
                    layout.encode_format: sample.picture.data,
                    "json": json_of(facts),
                    "txt": facts["caption"].encode("utf-8"),
                })  # fmt: skip
    outcomes = Counter(row["error_message"] or SUCCESS for row in rows)
    refused = {reason: count for reason, count in sorted(outcomes.items()) if reason != SUCCESS}
    table = samples_file(rows)
    digest = hashlib.sha256(table).hexdigest()
    stats = ShardStats(name, outcomes[SUCCESS], tar.size_bytes, tar.sha256, digest, refused)
    with telling_place(folder):
        write_bytes(f"{folder}/{name}.parquet", table, makes_folder=False)
        write_bytes(f"{folder}/{name}_stats.json", stats_json(stats), makes_folder=False)
    return stats


def stats_json(stats: ShardStats) -> bytes:
    """Return a shard's counts with img2dataset's keys, size and SHA-256 of its tar, SHA-256 of its table.

    Times are 0: the same samples give the same bytes.
    """
    refused = sum(stats.refused.values())
    told = {
        "count": stats.sample_count + refused,
        "successes": stats.sample_count,
        "failed_to_download": 0,
        "failed_to_resize": refused,
        "duration": 0.0,
        "start_time": 0.0,
        "end_time": 0.0,
        "status_dict": {SUCCESS: stats.sample_count, **stats.refused},
        "size_bytes": stats.size_bytes,
        "sha256": stats.sha256,
        "table_sha256": stats.table_sha256,
    }
    return json.dumps(told, indent=4).encode() + b"\n"
