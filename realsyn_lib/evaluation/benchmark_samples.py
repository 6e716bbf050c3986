"""Shards of a benchmark set -> its images with their class or captions; what is unsound has a reason."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from realsyn_lib.errors import InputError
from realsyn_lib.sources.shard_samples import ShardSample, shard_samples
from realsyn_lib.sources.tar_walk import ForwardFile, TarFaultError

_MOST_CAPTIONS = 1000  # of one image


@dataclass(frozen=True)
class BenchmarkSample:
    """An image file, and what it is to be told as.

    Attributes:
        image: the file.
        label: number of its class; -1 for retrieval.
        captions: of retrieval.
        reason: why it is left out, or None.
    """

    image: bytes
    label: int = -1
    captions: tuple[str, ...] = ()
    reason: str | None = None


def labelled_images(shards: Sequence[Path], class_count: int) -> Iterator[BenchmarkSample]:
    """Yield the images of a split with their class: the number in ``.cls``.

    Raises:
        InputError: a shard that cannot be read to its end.
    """
    for sample in _samples(shards, ("cls",)):
        label = sample.texts.get("cls", b"").strip()
        is_number = label.isdigit() and len(label) < 10 and int(label) < class_count
        yield (
            _told(sample, label=int(label))
            if is_number
            else BenchmarkSample(b"", reason="bad_label")
        )


def captioned_images(shards: Sequence[Path]) -> Iterator[BenchmarkSample]:
    """Yield the images of a split with their captions: the lines of ``.txt``.

    Raises:
        InputError: a shard that cannot be read to its end.
    """
    for sample in _samples(shards, ("txt",)):
        lines = sample.texts.get("txt", b"").decode("utf-8", "replace").splitlines()
        captions = tuple(line for line in lines if line.strip())[:_MOST_CAPTIONS]
        yield (
            _told(sample, captions=captions) if captions else BenchmarkSample(b"", reason="no_text")
        )


def _told(sample: ShardSample, label: int = -1, captions: tuple[str, ...] = ()) -> BenchmarkSample:
    if sample.picture is None:
        return BenchmarkSample(b"", reason="no_image")
    return BenchmarkSample(sample.picture[1], label, captions)


def _samples(shards: Sequence[Path], texts: tuple[str, ...]) -> Iterator[ShardSample]:
    for path in shards:
        try:
            with path.open("rb") as file:
                source = ForwardFile(file, os.fstat(file.fileno()).st_size, can_jump=True)
                yield from shard_samples(source, texts)
        except (TarFaultError, OSError) as error:
            raise InputError(f"{path}: {error}; fetch the set again") from error
