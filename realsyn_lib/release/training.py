"""What a person is told who wants to train open_clip on exported shards."""

import re
import shlex

from realsyn_lib.release.shards import shard_name
from realsyn_lib.training.open_clip_options import texts_options

_MEANT_BY_SHELLS = re.compile(r'(["\\$`])')


def train_command(place: str, samples: int, shards: int) -> str:
    """Return the shortest command that trains on a webdataset export.

    Where the installed open_clip knows how, each sample has one of its four texts by chance, anew in
    each epoch, out of its JSON; else it has its .txt.

    Args:
        place: folder or URI of the export.
        samples: rows in all shards.
        shards: their number.
    """
    last = shard_name(shards - 1)
    names = f"{{{shard_name(0)}..{last}}}" if shards > 1 else last
    data = _MEANT_BY_SHELLS.sub(r"\\\1", f"{place}/{names}.tar")
    texts = texts_options()
    return (
        f'python -m open_clip_train.main --dataset-type webdataset --train-data "{data}" '
        f"--train-num-samples {samples}{f' {shlex.join(texts)}' if texts else ''} --dataset-resampled"
    )


def how_to_train(place: str, samples: int, shards: int, warehouse: str, tier: str) -> list[str]:
    """Return lines for a person: RealSyn's recipe with all four texts, and open_clip alone."""
    recipe = ("realsyn", "train", "--warehouse", warehouse, "--tier", tier, "--shards", place)
    told = "" if texts_options() else ", with the .txt of each sample as its one text"
    return [
        f"by RealSyn's recipe, one of the four texts by chance: {shlex.join(recipe)}",
        f"by open_clip alone{told}: {train_command(place, samples, shards)}",
    ]
