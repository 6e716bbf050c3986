"""A published tier of coloured squares as webdataset shards, laid out as an export is."""

import json
from pathlib import Path

import numpy as np
from PIL import Image

from tests.encoded_picture import encoded
from tests.made_tars import write_tar

COLOURS = {"red": (200, 20, 20), "green": (20, 200, 20), "blue": (20, 20, 200)}


def square(colour: tuple[int, int, int], seed: int = 0, side: int = 32) -> bytes:
    """A JPEG of one colour with some noise."""
    noise = np.random.default_rng(seed).integers(-15, 16, (side, side, 3))
    pixels = np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)
    return encoded(Image.fromarray(pixels), "JPEG", quality=95)


def texts_of(name: str) -> dict[str, str]:
    """The four texts of a square."""
    return {
        "text1": f"a {name} square",
        "text2": f"the {name} of a wall",
        "text3": f"{name} paint all over",
        "syn_text": f"a square painted {name}",
    }


def publish_tier(warehouse: Path, tier: str, shards: int = 3, rows: int = 8) -> Path:
    """Write ``shards`` x ``rows`` samples, colours by turns; returns the folder of the shards."""
    place = warehouse / "_files" / "releases" / tier / "webdataset"
    sizes = {}
    for shard in range(shards):
        files = {}
        for row in range(rows):
            number = shard * rows + row
            name = list(COLOURS)[number % len(COLOURS)]
            key = f"{shard:05d}{row:04d}"
            files[f"{key}.jpg"] = square(COLOURS[name], number)
            files[f"{key}.json"] = json.dumps(texts_of(name)).encode()
            files[f"{key}.txt"] = texts_of(name)["text1"].encode()
        write_tar(place / f"{shard:05d}.tar", files)
        sizes[f"{shard:05d}.tar"] = rows
    (place / "sizes.json").write_text(json.dumps(sizes))
    facts = {"tier": tier, "format": "webdataset", "rows": shards * rows, "refused": {}}
    (place / "_export.json").write_text(json.dumps(facts))
    return place
