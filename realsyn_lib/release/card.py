"""The dataset card of an export, as Hugging Face reads it: counts, settings, models; no texts."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import yaml

from realsyn_lib.report.content import Step

_FILES = {"parquet": "*.parquet", "webdataset": "*.tar"}
_SIZES = ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"), *(
    (10**7, "1M<n<10M"), (10**8, "10M<n<100M"), (10**9, "100M<n<1B")
))  # fmt: skip
_LARGEST = "n>1B"
UNKNOWN_LICENCE = "unknown"
_SOURCES = (
    "Each picture and each retrieved sentence comes from a page of others and keeps the licence it has "
    "there; `raw_image_url` names the place of the picture. The licence above is what the publisher of "
    "this release states for the collection."
)
_MARKS_OF_MARKDOWN = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_[]|#"})


@dataclass(frozen=True)
class CardModel:
    """A model whose output the release holds or was chosen by."""

    role: str
    name: str
    licence: str


@dataclass(frozen=True)
class CardFacts:
    """All that a card tells. ``settings``: of the release, by their full names."""

    tier: str
    form: str
    rows: int
    refused: Mapping[str, int]
    licence: str | None
    steps: Sequence[Step]
    models: Sequence[CardModel]
    settings: Mapping[str, object]
    version: str


def dataset_card(facts: CardFacts) -> str:
    """Return ``README.md``: front matter in YAML, then Markdown.

    Names of models, licences and settings come from files of the user's: none can end the front
    matter, leave its table cell or become markup.
    """
    left_out = [f"- left out as {_safe(why)}: {count:,}" for why, count in facts.refused.items()]
    return "\n".join([
        "---",
        yaml.safe_dump(_front_matter(facts), sort_keys=False, allow_unicode=False) + "---",
        "",
        f"# RealSyn, tier {_safe(facts.tier)}",
        "",
        "Images of web pages, each with up to three sentences found for it on other pages and one that a "
        "language model wrote, made after the RealSyn paper (arXiv 2502.12513).",
        "",
        f"- rows: {facts.rows:,}",
        f"- format: {facts.form}",
        *left_out,
        "",
        "## How the rows came about",
        "",
        *_table(
            ("stage", "rows of", "in", "kept", "dropped", "quarantined"),
            [
                (step.stage, step.entity, step.rows_in, step.kept, *_lost(step))
                for step in facts.steps
            ],
        ),
        "",
        "## Models",
        "",
        "As set when the files were exported.",
        "",
        *_table(
            ("role", "model", "licence"),
            [(model.role, model.name, model.licence) for model in facts.models],
        ),
        "",
        "## Licence",
        "",
        f"{_safe(facts.licence or UNKNOWN_LICENCE)}. {_SOURCES}",
        "",
        "## Settings",
        "",
        *_table(("setting", "value"), list(facts.settings.items())),
        "",
        f"Made by realsyn {facts.version}.",
        "",
    ])  # fmt: skip


def _front_matter(facts: CardFacts) -> dict[str, object]:
    return {
        "license": facts.licence or UNKNOWN_LICENCE,
        "language": ["en"],
        "task_categories": ["zero-shot-image-classification", "image-to-text"],
        "size_categories": [next((name for most, name in _SIZES if facts.rows < most), _LARGEST)],
        "tags": ["image-text", "clip", "realsyn", facts.form],
        "pretty_name": f"RealSyn, tier {_one_line(facts.tier)}",
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": "train", "path": _FILES[facts.form]}],
            }
        ],
    }


def _lost(step: Step) -> list[int]:
    """Return the rows dropped and quarantined."""
    return [
        sum(loss.row_count for loss in step.losses if loss.outcome == outcome)
        for outcome in ("dropped", "quarantined")
    ]


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    lines = [head, ["---"] * len(head), *[[_safe(value) for value in row] for row in rows]]
    return [f"| {' | '.join(line)} |" for line in lines]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _safe(value: object) -> str:
    """Return a value as Markdown that shows it: one line, no markup."""
    text = f"{value:,}" if type(value) is int else str(value)
    return html.escape(_one_line(text), quote=False).translate(_MARKS_OF_MARKDOWN)
