"""Names of shards and samples, and which shard a row goes to: by hash rank, at any partitioning."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from realsyn_lib.errors import SettingError

_SHARD_DIGITS = 5
_LEAST_INDEX_DIGITS = 4  # keys of nine digits, as img2dataset makes them for 10,000 samples
MAX_SHARD_ROWS = 10**5


@dataclass(frozen=True)
class ShardStats:
    """What one shard holds.

    Attributes:
        name: without ending, and ``sample_count`` of its tar.
        size_bytes: of the tar, and ``sha256``, hex.
        table_sha256: of the table beside it.
        refused: rows left out, by the reason of their picture.
    """

    name: str
    sample_count: int
    size_bytes: int
    sha256: str
    table_sha256: str
    refused: dict[str, int]


def shard_count(row_count: int, shard_rows: int) -> int:
    """Return the shards for so many rows, ``shard_rows`` in each but the last; at least 1.

    Raises:
        SettingError: a shard size out of range, or more shards than five digits can name.
    """
    if not 1 <= shard_rows <= MAX_SHARD_ROWS:
        raise SettingError(
            f"release.shard_rows: {shard_rows}, expected 1 to {MAX_SHARD_ROWS} "
            "(five digits number the samples of a shard)"
        )
    count = max(1, -(-row_count // shard_rows))
    if count > 10**_SHARD_DIGITS:
        raise SettingError(
            f"release.shard_rows: {shard_rows} makes {count} shards of {row_count} rows, expected "
            f"at most {10**_SHARD_DIGITS}; raise it"
        )
    return count


def shard_name(shard_no: int) -> str:
    """Return the name of a shard without its ending, such as ``00042``."""
    return _digits(shard_no, _SHARD_DIGITS, "shard")


def index_digits(shard_rows: int) -> int:
    """Return how many digits number the samples of a shard: four up to 10,000 rows."""
    return max(_LEAST_INDEX_DIGITS, len(str(shard_rows - 1)))


def sample_key(shard_no: int, index: int, digits: int) -> str:
    """Return the key of a sample: five digits of the shard, then its place in it."""
    return shard_name(shard_no) + _digits(index, digits, "sample")


def sizes_json(stats: Iterable[ShardStats]) -> bytes:
    """Return ``sizes.json`` as open_clip reads it: samples by the file name of the shard."""
    sizes = {f"{shard.name}.tar": shard.sample_count for shard in stats}
    return json.dumps(sizes, sort_keys=True, indent=0).encode() + b"\n"


def _digits(number: int, digits: int, what: str) -> str:
    if not 0 <= number < 10**digits:
        raise SettingError(
            f"release: {what} number {number}, expected 0 to {10**digits - 1}: it is named by "
            f"{digits} digits"
        )
    return f"{number:0{digits}d}"
