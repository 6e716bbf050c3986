"""The dataset card: counts of the run, readable by Hugging Face, and no way out of its cells."""

from dataclasses import replace

import pytest
import yaml
from huggingface_hub import DatasetCard

from realsyn_lib.release.card import CardFacts, CardModel, dataset_card
from realsyn_lib.report.content import Loss, Step

LOSSES = (
    Loss("too_small", "dropped", 200),
    Loss("nsfw", "dropped", 34),
    Loss("truncated", "quarantined", 6),
)
FACTS = CardFacts(
    tier="15m",
    form="webdataset",
    rows=1_234_567,
    refused={"truncated": 3},
    licence="cc-by-4.0",
    steps=[Step("filter_images", "image", 1_000_240, 1_000_000, LOSSES)],
    models=[CardModel("generator", "smollm2-135m-instruct", "Apache-2.0")],
    settings={"release.image_size": 512, "balance.tiers.15m.cap": 20},
    version="0.1.0",
)  # fmt: skip
HOSTILE = "x |\n---\nlicense: mit\n<script>alert(1)</script> [a](javascript:b) `c`"


def front_matter(text):
    return yaml.safe_load(text.split("---\n")[1])


def test_hugging_face_reads_licence_size_and_files():
    data = DatasetCard(dataset_card(FACTS)).data.to_dict()
    assert data["license"] == "cc-by-4.0"
    assert data["size_categories"] == ["1M<n<10M"]
    (config,) = data["configs"]
    assert config["data_files"] == [{"split": "train", "path": "*.tar"}]


@pytest.mark.parametrize(
    ("rows", "size"),
    [(999, "n<1K"), (1000, "1K<n<10K"), (10**9 - 1, "100M<n<1B"), (2 * 10**9, "n>1B")],
)
def test_the_size_is_hugging_faces_word_for_it(rows, size):
    assert front_matter(dataset_card(replace(FACTS, rows=rows)))["size_categories"] == [size]


def test_the_card_has_the_counts_of_the_run_the_models_with_licence_and_the_settings():
    text = dataset_card(FACTS)
    assert "- rows: 1,234,567\n" in text
    assert "- left out as truncated: 3\n" in text
    assert "| filter\\_images | image | 1,000,240 | 1,000,000 | 234 | 6 |\n" in text
    assert "| generator | smollm2-135m-instruct | Apache-2.0 |\n" in text
    assert "| balance.tiers.15m.cap | 20 |\n" in text


def test_without_a_licence_the_card_says_that_it_is_unknown():
    text = dataset_card(replace(FACTS, licence=None))
    assert front_matter(text)["license"] == "unknown"
    assert "\nunknown. Each picture" in text


def test_names_from_outside_stay_in_their_place():
    model = CardModel("generator", HOSTILE, HOSTILE)
    text = dataset_card(replace(FACTS, models=[model], tier=HOSTILE, settings={"a": HOSTILE}))
    assert front_matter(text)["license"] == "cc-by-4.0"
    assert front_matter(text)["pretty_name"] == f"RealSyn, tier {' '.join(HOSTILE.split())}"
    body = text.split("\n---\n", 1)[1]
    assert "<script>" not in body
    assert "\n---" not in body
    (row,) = [line for line in body.splitlines() if line.startswith("| generator")]
    assert row.replace("\\|", "").count("|") == 4
    assert "\\[a\\](javascript:b)" in row
