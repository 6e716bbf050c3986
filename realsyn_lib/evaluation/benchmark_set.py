"""Benchmark sets as CLIP_benchmark lays them out in webdataset: shards, class names, templates."""

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from realsyn_lib.errors import InputError
from realsyn_lib.evaluation.class_vectors import NAME_SLOT
from realsyn_lib.evaluation.paper_lists import set_name

CLASSES_FILE = "classnames.txt"
TEMPLATES_FILE = "zeroshot_classification_templates.txt"
TYPE_FILE = "dataset_type.txt"
COUNT_FILE = "nshards.txt"
TEST, TRAIN = "test", "train"
Kind = Literal["classification", "retrieval"]
_MOST_BYTES = 2**24  # of a text file
_SHARD = re.compile(r"\d{1,9}\.tar")


@dataclass(frozen=True)
class BenchmarkSet:
    """A set and where its files are.

    Attributes:
        name: of the paper's lists, or the folder's own.
        folder: that holds it.
        kind: images with a class each, or with captions.
        classes: names, in the order of their numbers; none for retrieval.
        templates: each with ``{c}``; none for retrieval.
        shards: tars of each split that is there, in order.
    """

    name: str
    folder: Path
    kind: Kind
    classes: tuple[str, ...]
    templates: tuple[str, ...]
    shards: dict[str, tuple[Path, ...]]

    @property
    def digest(self) -> str:
        """Tell this set from another: names, sizes and times of its shards, and its texts."""
        told = hashlib.sha256(repr((self.kind, self.classes, self.templates)).encode())
        for split, paths in sorted(self.shards.items()):
            for path in paths:
                stat = path.stat()
                told.update(f"{split}/{path.name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
        return told.hexdigest()


def find_sets(root: Path) -> list[BenchmarkSet]:
    """Return the sets of a folder: itself, or those in it, at most two levels down, by name.

    Raises:
        InputError: no folder, no set in it, two of one name, or one whose files do not fit together.
    """
    if not root.is_dir():
        raise InputError(f"--data {root}: there is no such folder")
    found: dict[str, BenchmarkSet] = {}
    for folder, name in _folders(root):
        if name in found:
            raise InputError(
                f"--data {root}: {found[name].folder} and {folder} are both set {name}; take one away"
            )
        found[name] = read_set(folder, name)
    if not found:
        raise InputError(
            f"--data {root}: no set is there; expected DIR/{TEST}/0.tar or DIR/NAME/{TEST}/0.tar, in "
            "CLIP_benchmark's webdataset layout"
        )
    return [found[name] for name in sorted(found)]


def _folders(root: Path) -> Iterator[tuple[Path, str]]:
    if (root / TEST).is_dir():
        yield root, set_name(root.resolve().name)
        return
    for folder in _below(root):
        if (folder / TEST).is_dir():
            yield folder, set_name(folder.name)
            continue
        for inner in _below(folder):
            if (inner / TEST).is_dir():
                yield inner, set_name(f"{folder.name}/{inner.name}")


def _below(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:
        return sorted(Path(entry.path) for entry in entries if entry.is_dir())


def read_set(folder: Path, name: str) -> BenchmarkSet:
    """Read what a set says of itself.

    Raises:
        InputError: a type that is not known, no class names, a template without a name's place, or a
            shard that is missing.
    """
    kind = (_text(folder / TYPE_FILE) or "classification").strip().lower()
    shards = {
        split: _shards(folder / split) for split in (TEST, TRAIN) if (folder / split).is_dir()
    }
    if kind == "retrieval":
        return BenchmarkSet(name, folder, "retrieval", (), (), shards)
    if kind != "classification":
        raise InputError(
            f"{folder / TYPE_FILE}: {kind[:50]!r}, expected classification or retrieval; take the set away"
        )
    classes, templates = _lines(folder / CLASSES_FILE), _lines(folder / TEMPLATES_FILE)
    for template in templates:
        if NAME_SLOT not in template:
            raise InputError(f"{folder / TEMPLATES_FILE}: {template[:80]!r} has no {NAME_SLOT}")
    return BenchmarkSet(name, folder, "classification", classes, templates, shards)


def _lines(path: Path) -> tuple[str, ...]:
    text = _text(path)
    lines = tuple(line.strip() for line in (text or "").rstrip().splitlines())
    if not any(lines):
        raise InputError(
            f"{path}: it is missing or empty, and a set for classification needs it; for captions say "
            f"retrieval in {TYPE_FILE}"
        )
    return lines


def _shards(folder: Path) -> tuple[Path, ...]:
    count = _text(folder / COUNT_FILE)
    if count is None:
        paths = [path for path in folder.glob("*.tar") if _SHARD.fullmatch(path.name)]
        found = tuple(sorted(paths, key=lambda path: int(path.stem)))
    else:
        number = count.strip()
        if not number.isdigit() or len(number) > 6:
            raise InputError(f"{folder / COUNT_FILE}: {number[:50]!r} is no number of shards")
        found = tuple(folder / f"{place}.tar" for place in range(int(number)))
    missing = [path for path in found if not path.is_file()]
    if missing or not found:
        raise InputError(f"{missing[0] if missing else folder / '0.tar'}: this shard is missing")
    return found


def _text(path: Path) -> str | None:
    """Return a small file's text; None where there is none."""
    if not path.is_file():
        return None
    if path.stat().st_size > _MOST_BYTES:
        raise InputError(f"{path}: {path.stat().st_size} bytes, expected at most {_MOST_BYTES}")
    return path.read_text(encoding="utf-8", errors="replace")
