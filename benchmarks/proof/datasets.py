"""Finished warehouse -> what the trainings read: a picture's texts in each arm, and two samplings."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from deltalake import DeltaTable

ARMS = {
    "a": "the page's own text",
    "b": "one retrieved text",
    "c": "three retrieved texts",
    "d": "three retrieved, one synthetic",
}
SAMPLINGS = ("random", "balanced")
_RANDOM_SEED = 1
_REAL = ("text1", "text2", "text3")
_PAIR_COLUMNS = ("image_id", "raw_image_url", *_REAL, "syn_text", "drop_reason")


@dataclass(frozen=True)
class Picture:
    """A picture that the pipeline kept; ``texts`` by arm, none of them empty.

    ``samplings``: those it was drawn in.
    """

    file: str
    texts: dict[str, list[str]]
    samplings: tuple[str, ...]


def read_datasets(warehouse: Path, tier: str) -> list[Picture]:
    """Return the pictures of either sampling: as many in both, the same ones for all arms.

    Balanced is a ``tier`` of the warehouse. Random draws from what balance draws from: pairs
    inside the cosine band. A picture whose page gives no text at all is in neither, so that arm (a)
    has as many pictures.
    """
    own = _own_texts(warehouse)
    pairs = _rows(warehouse, "pairs", *_PAIR_COLUMNS)
    kept = {
        pair["image_id"]: pair
        for pair in pairs
        if pair["drop_reason"] is None and own[pair["image_id"]]
    }
    samples = _rows(warehouse, "samples", "image_id", "tier")
    balanced = [row["image_id"] for row in samples if row["tier"] == tier]
    drawn = {"balanced": kept.keys() & balanced}
    drawn["random"] = _random(sorted(kept), len(drawn["balanced"]))
    return [
        Picture(
            pair["raw_image_url"],
            _arms(own[id_], pair),
            tuple(name for name in SAMPLINGS if id_ in drawn[name]),
        )
        for id_, pair in sorted(kept.items())
        if any(id_ in ids for ids in drawn.values())
    ]


def save_datasets(pictures: list[Picture], file: Path) -> None:
    """Write them, so that trainings need no warehouse and no Spark."""
    file.write_text(json.dumps([asdict(picture) for picture in pictures], indent=1))


def load_datasets(file: Path) -> list[Picture]:
    """Read what ``save_datasets`` wrote."""
    return [
        Picture(row["file"], row["texts"], tuple(row["samplings"]))
        for row in json.loads(file.read_text(encoding="utf-8"))
    ]


def _random(ids: list[int], count: int) -> set[int]:
    picked = np.random.default_rng(_RANDOM_SEED).permutation(len(ids))[:count]
    return {ids[number] for number in picked.tolist()}


def _arms(own: list[str], pair: dict[str, Any]) -> dict[str, list[str]]:
    three = [pair[name] for name in _REAL if pair[name]]
    return {"a": own, "b": three[:1], "c": three, "d": [*three, pair["syn_text"]]}


def _own_texts(warehouse: Path) -> dict[int, list[str]]:
    """Return of each image its alt text and the first sentence beside it, where they are."""
    items = {
        row["document_id"]: {item["position"]: item for item in row["items"] or []}
        for row in _rows(warehouse, "documents", "document_id", "items")
    }
    found = {}
    for image in _rows(warehouse, "images", "image_id", "document_id", "position", "alt_text"):
        beside = _beside(items[image["document_id"]], image["position"])
        found[image["image_id"]] = [text for text in (image["alt_text"], beside) if text]
    return found


def _beside(items: dict[int, dict[str, Any]], position: int) -> str | None:
    """Return the first sentence of the paragraph after an image, else of that before it."""
    for at in (position + 1, position - 1):
        item = items.get(at)
        if item is not None and item["sentences"]:
            return str(item["sentences"][0])
    return None


def _rows(warehouse: Path, table: str, *columns: str) -> list[dict[str, Any]]:
    """Return the table's head: after a finished run that is what was published."""
    found = DeltaTable(str(warehouse / table)).to_pyarrow_table(columns=list(columns))
    rows: list[dict[str, Any]] = found.to_pylist()
    return rows
