"""Samples of a webdataset shard, whole: a picture and the small members beside it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from realsyn_lib.sources.tar_walk import ForwardFile, tar_members

PICTURES = ("jpg", "jpeg", "png", "webp")
_MOST_PICTURE_BYTES = 2**26
_MOST_TEXT_BYTES = 2**20


@dataclass
class ShardSample:
    """The members of one key: its picture with its ending, and the others by their ending."""

    key: str
    picture: tuple[str, bytes] | None = None
    texts: dict[str, bytes] = field(default_factory=dict)


def shard_samples(source: ForwardFile, texts: Collection[str]) -> Iterator[ShardSample]:
    """Yield the samples of a shard in their order; in memory is one of them.

    Members of one key that follow one another are one sample; the key is the name up to the first
    dot of its last part. A picture above 64 MiB, or another member above 1 MiB, is passed over.

    Args:
        source: the shard.
        texts: endings of the members that are kept beside the picture.

    Raises:
        TarFaultError: the archive cannot be read on.
    """
    sample: ShardSample | None = None
    for found in tar_members(source):
        folder, slash, name = found.name.rpartition("/")
        stem, _, kind = name.partition(".")
        key, kind = f"{folder}{slash}{stem}", kind.lower()
        if sample is None or key != sample.key:
            if sample is not None:
                yield sample
            sample = ShardSample(key)
        if kind in PICTURES and sample.picture is None and found.size <= _MOST_PICTURE_BYTES:
            sample.picture = kind, source.read(found.size)
        elif kind in texts and found.size <= _MOST_TEXT_BYTES:
            sample.texts[kind] = source.read(found.size)
    if sample is not None:
        yield sample
