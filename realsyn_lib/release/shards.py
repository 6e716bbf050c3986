"""Names of shards and samples, and which shard a row goes to: by hash rank, at any partitioning."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from realsyn_lib.balance import hash_rank
from realsyn_lib.embeddings import Ids
from realsyn_lib.errors import SettingError

_MAX_NUMBER = 10**5


@dataclass(frozen=True)
class ShardStats:
    """What one shard holds. ``refused``: rows left out, by the reason of their picture."""

    name: str
    sample_count: int
    size_bytes: int
    sha256: str
    refused: dict[str, int]


def shard_count(row_count: int, shard_rows: int) -> int:
    """Return the shards for so many rows of about ``shard_rows`` each, at least 1.

    Raises:
        SettingError: a shard size out of range, or more shards than five digits can name.
    """
    if not 1 <= shard_rows <= _MAX_NUMBER // 2:
        raise SettingError(
            f"release.shard_rows: {shard_rows}, expected 1 to {_MAX_NUMBER // 2} "
            "(five digits number the samples of a shard)"
        )
    count = max(1, -(-row_count // shard_rows))
    if count > _MAX_NUMBER:
        raise SettingError(
            f"release.shard_rows: {shard_rows} makes {count} shards of {row_count} rows, expected "
            f"at most {_MAX_NUMBER}; raise it"
        )
    return count


def shard_of(seed: int, ids: Ids, count: int) -> Ids:
    """Return the shard of each id, 0..count - 1: sizes vary by chance around their mean.

    In Spark SQL: ``pmod(<hash_rank_sql(seed, id)>, count)``. Samples of a shard are ordered by
    ``hash_rank``, then id.
    """
    return np.asarray(hash_rank(seed, ids) % np.int64(count))


def shard_name(shard_no: int) -> str:
    """Return the file name, such as ``00042.tar``."""
    return f"{_five_digits(shard_no, 'shard')}.tar"


def sample_key(shard_no: int, index: int) -> str:
    """Return the key of a sample: five digits of the shard, five of its place in it."""
    return _five_digits(shard_no, "shard") + _five_digits(index, "sample")


def sizes_json(stats: Iterable[ShardStats]) -> bytes:
    """Return ``sizes.json`` as open_clip reads it: samples by shard name."""
    sizes = {shard.name: shard.sample_count for shard in stats}
    return json.dumps(sizes, sort_keys=True, indent=0).encode() + b"\n"


def _five_digits(number: int, what: str) -> str:
    if not 0 <= number < _MAX_NUMBER:
        raise SettingError(f"release: {what} number {number}, expected 0 to {_MAX_NUMBER - 1}")
    return f"{number:05d}"
