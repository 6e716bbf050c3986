"""The shards of one tier, as an export has left them, and how a trainer is told of them."""

import hashlib
import json
import re
import shlex
from dataclasses import dataclass

from realsyn_lib.errors import InputError
from realsyn_lib.files import read_bytes
from realsyn_lib.release.records import TEXT_COLUMNS
from realsyn_lib.release.shards import shard_name

SIZES = "sizes.json"
_SHARD = re.compile(r"\d{5}\.tar")
_MEANT_BY_READERS = re.compile(r"[{}\\]|::")


@dataclass(frozen=True)
class TrainingShards:
    """``shard_count`` tars below ``place``, named 00000.tar and on, with ``sample_count`` samples.

    ``digest``: of the counts of all shards, to tell one export from another.
    """

    place: str
    sample_count: int
    shard_count: int
    digest: str

    @property
    def pattern(self) -> str:
        """All tars by one name, with a range in braces where there are several."""
        last = shard_name(self.shard_count - 1)
        names = f"{{{shard_name(0)}..{last}}}" if self.shard_count > 1 else last
        return f"{self.place}/{names}.tar"

    @property
    def first(self) -> str:
        """The first tar."""
        return f"{self.place}/{shard_name(0)}.tar"


def shards_at(place: str) -> TrainingShards:
    """Read how many samples and shards an export has.

    Args:
        place: folder or URI of an export in webdataset, with its ``sizes.json``.

    Raises:
        InputError: no such export, one without samples, or a name that open_clip would read as a
            pattern.
    """
    if _MEANT_BY_READERS.search(place):
        raise InputError(
            f"shards {place}: open_clip reads {{, }}, \\ and :: in a name as a pattern; move them "
            "to a place without"
        )
    data = read_bytes(f"{place}/{SIZES}")
    if data is None:
        raise InputError(f"shards {place}: there is no {SIZES}; name an export in webdataset")
    sizes = _sizes(place, data)
    if sum(sizes.values()) == 0:
        raise InputError(f"shards {place}: {SIZES} counts no samples; export the tier again")
    if sorted(sizes) != [f"{shard_name(number)}.tar" for number in range(len(sizes))]:
        raise InputError(
            f"shards {place}: {SIZES} does not name 00000.tar to {len(sizes) - 1:05d}.tar; export "
            "the tier again"
        )
    return TrainingShards(place, sum(sizes.values()), len(sizes), hashlib.sha256(data).hexdigest())


def _sizes(place: str, data: bytes) -> dict[str, int]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InputError(f"shards {place}: {SIZES} is no JSON ({error}); export again") from error
    sound = isinstance(found, dict) and all(
        _SHARD.fullmatch(name) and isinstance(count, int) and count >= 0
        for name, count in found.items()
    )
    if not sound:
        raise InputError(f"shards {place}: {SIZES} holds no counts of shards; export again")
    return dict(found)


def drawing_words(shards: TrainingShards, python: str) -> list[str]:
    """Return the command that streams shards with a text drawn for each sample.

    Args:
        shards: where they are.
        python: the interpreter that has this package.
    """
    return [python, "-m", "realsyn_lib.training.draw_texts", shards.pattern, *TEXT_COLUMNS]


def drawing_pipe(shards: TrainingShards, python: str) -> str:
    """Return that command as what webdataset opens; a range in braces stands for one shard each."""
    return f"pipe:{shlex.join(drawing_words(shards, python))}"
