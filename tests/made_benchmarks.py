"""Benchmark sets in CLIP_benchmark's webdataset layout, made of coloured squares."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.colour_clip import NAMES
from tests.made_shards import COLOURS, square
from tests.made_tars import write_tar

TEMPLATES = ("a photo of a {c} square.", "{c}")


def picture(colour: str, seed: int = 0) -> bytes:
    """A square of a colour."""
    return square(COLOURS[colour], seed)


def classification_set(
    folder: Path, splits: Mapping[str, Sequence[tuple[str, str]]], shards: int = 1
) -> Path:
    """Write splits of (colour shown, class told); returns the folder."""
    for split, rows in splits.items():
        for shard in range(shards):
            files = {}
            for number, (shown, told) in list(enumerate(rows))[shard::shards]:
                files[f"s{number:07d}.jpg"] = picture(shown, number)
                files[f"s{number:07d}.cls"] = str(NAMES.index(told)).encode()
            write_tar(folder / split / f"{shard}.tar", files)
        (folder / split / "nshards.txt").write_text(str(shards))
    (folder / "classnames.txt").write_text("\n".join(NAMES))
    (folder / "zeroshot_classification_templates.txt").write_text("\n".join(TEMPLATES))
    (folder / "dataset_type.txt").write_text("classification")
    return folder


def retrieval_set(folder: Path, rows: Sequence[tuple[str, Sequence[str]]]) -> Path:
    """Write a test split of (colour shown, captions); returns the folder."""
    files = {}
    for number, (shown, captions) in enumerate(rows):
        files[f"s{number:07d}.jpg"] = picture(shown, number)
        files[f"s{number:07d}.txt"] = "\n".join(captions).encode()
    write_tar(folder / "test" / "0.tar", files)
    (folder / "test" / "nshards.txt").write_text("1")
    (folder / "dataset_type.txt").write_text("retrieval")
    return folder
