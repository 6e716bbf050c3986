"""Labelled duplicates, each kind apart: which pairs the hash finds, and what else it joins.

``python tests/lib/images/test_labelled_duplicates.py`` prints the table of docs/images.md.
"""

from collections import defaultdict
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from realsyn_lib.images.decode import decode_grey
from realsyn_lib.images.header import read_header
from realsyn_lib.images.phash import hamming_distance, luma_std, phash

pytestmark = pytest.mark.corpus
FOLDER = Path(__file__).parents[3] / "../shared/corpus/dups"
MIN_LUMA_STD = 3.0
DISTANCES = (0, 2, 4, 6, 8, 10, 12)
# Turned by half a right angle, though labelled as one of the formats: no hash of this kind finds it.
TURNED = "hopper_45.png"


def rows_of(name):
    head, *lines = (FOLDER / name).read_text().splitlines()
    return [dict(zip(head.split("\t"), line.split("\t"), strict=True)) for line in lines]


def hash_of(file):
    """The hash of a picture that is decoded, not flat and not turned, else None."""
    if file.name == TURNED:
        return None
    data = file.read_bytes()
    grey = decode_grey(data, read_header(data, 64_000_000)).pixels
    if grey is None or luma_std(grey[None])[0] < MIN_LUMA_STD:
        return None
    return int(phash(grey[None])[0])


@cache
def measured():
    """Kind -> [(group of the first picture, distance)] of the pairs with two hashes, and all pairs."""
    hashes = {
        row["image"]: hash_of(FOLDER / "images" / row["image"]) for row in rows_of("images.tsv")
    }
    groups = {row["image"]: row["group"] for row in rows_of("images.tsv")}
    found, counts = defaultdict(list), defaultdict(int)
    for pair in rows_of("image_pairs.tsv"):
        counts[pair["kind"]] += 1
        left, right = hashes[pair["a"]], hashes[pair["b"]]
        if left is not None and right is not None:
            apart = int(hamming_distance(np.int64(left), np.int64(right)))
            found[pair["kind"]].append((groups[pair["a"]], apart))
    return found, counts


def share_within(kind, distance):
    """Share of a kind's pairs within a distance: of each group first, then of the groups."""
    by_group = defaultdict(list)
    for group, apart in measured()[0][kind]:
        by_group[group].append(apart <= distance)
    return float(np.mean([np.mean(own) for own in by_group.values()]))


def precision_within(distance):
    """Share of true pairs among those within a distance, plain, all kinds together."""
    found = measured()[0]
    near = {kind: sum(apart <= distance for _, apart in own) for kind, own in found.items()}
    return 1 - near["different"] / max(sum(near.values()), 1)


@pytest.mark.parametrize(
    ("kind", "distance"), [("resize", 0), ("exif-orientation", 4), ("filter", 4), ("codec", 4)]
)
def test_copies_of_a_picture_are_all_found(kind, distance):
    assert len(measured()[0][kind]) > 10
    assert share_within(kind, distance) == 1.0


@pytest.mark.parametrize("kind", ["recrop", "flip-rotate"])
def test_other_views_of_a_picture_are_not_found_by_a_hash(kind):
    assert share_within(kind, 12) == 0.0


def test_no_two_different_pictures_are_near():
    assert len(measured()[0]["different"]) > 3000
    assert share_within("different", 12) == 0
    assert precision_within(6) == 1.0


def print_table():
    """Recall by kind and distance, averaged by group, as Markdown."""
    found, counts = measured()
    print("| kind | pairs, both hashed | groups |", *(f" {d} bits |" for d in DISTANCES), sep="")
    print("|---" * (3 + len(DISTANCES)) + "|")
    for kind, own in found.items():
        shares = "".join(f" {share_within(kind, d):.3f} |" for d in DISTANCES)
        groups = len({group for group, _ in own})
        print(f"| {kind} | {counts[kind]:,}, {len(own):,} | {groups} |{shares}")
    print("| precision | | |", *(f" {precision_within(d):.3f} |" for d in DISTANCES), sep="")


if __name__ == "__main__":
    print_table()
