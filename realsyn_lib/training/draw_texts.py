"""A shard as a stream in which each sample has one of its texts, drawn anew each time it is read.

``python -m realsyn_lib.training.draw_texts 00042.tar text1 text2`` writes a tar to its output: of
each sample the picture, and as ``.txt`` one of these texts of its ``.json``. webdataset reads it as
``pipe:`` and that command, so a trainer that knows one caption for an image is given all of them over
its epochs. Nothing else is passed on: no member that a reader might unpickle.
"""

import argparse
import json
import os
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from realsyn_lib.release.tar import end_padding, member
from realsyn_lib.sources.shard_samples import ShardSample, shard_samples
from realsyn_lib.sources.tar_walk import ForwardFile, TarFaultError

_TEXTS = ("json", "txt")
_KEY_CHARACTERS = 80


def drawn(sample: ShardSample, names: Sequence[str], chance: random.Random) -> str | None:
    """Return one of the texts that a sample has under ``names``, each with the same chance.

    Where its ``.json`` has none of them, or is none, its ``.txt``; null where there is none either.
    """
    try:
        facts = json.loads(sample.texts.get("json", b"{}"))
    except (ValueError, RecursionError):
        facts = {}
    told = [facts.get(name) for name in names] if isinstance(facts, dict) else []
    texts = [text for text in told if isinstance(text, str) and text.strip()]
    if texts:
        return chance.choice(texts)
    return sample.texts["txt"].decode("utf-8", "replace") if "txt" in sample.texts else None


def write_drawn(
    source: ForwardFile, target: BinaryIO, names: Sequence[str], chance: random.Random
) -> int:
    """Write the samples that have a picture and a text; returns how many."""
    written = count = 0
    for sample in shard_samples(source, _TEXTS):
        text = drawn(sample, names, chance)
        if text is None or sample.picture is None:
            continue
        kind, picture = sample.picture
        key = sample.key.rpartition("/")[2][-_KEY_CHARACTERS:].encode("ascii")
        for name, data in ((kind, picture), ("txt", text.encode("utf-8", "replace"))):
            for part in member(key + b"." + name.encode(), data):
                written += target.write(part)
        count += 1
    target.write(end_padding(written))
    return count


def main(argv: Sequence[str] | None = None) -> int:
    """Write the shard that is named; 1 where it cannot be read to its end."""
    parser = argparse.ArgumentParser(prog="python -m realsyn_lib.training.draw_texts")
    parser.add_argument("shard", help="path or URI")
    parser.add_argument("texts", nargs="+", metavar="TEXT", help="key of the .json")
    arguments = parser.parse_args(argv)
    try:
        with _opened(arguments.shard) as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            source = ForwardFile(file, size, can_jump=True)
            write_drawn(source, sys.stdout.buffer, arguments.texts, random.Random())
        sys.stdout.buffer.flush()
    except BrokenPipeError:  # the reader has what it wants
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (TarFaultError, OSError) as error:
        print(f"{arguments.shard}: {error}", file=sys.stderr)
        return 1
    return 0


def _opened(shard: str) -> BinaryIO:
    if "://" not in shard:
        return Path(shard).open("rb")
    from realsyn_lib.files import open_seekable  # pyarrow: a third of a second for each shard

    return open_seekable(shard)


if __name__ == "__main__":
    sys.exit(main())
