"""Nothing is asked twice: after kills, --force, new images, moved thresholds, other buckets."""

from pathlib import Path

import pytest

import jobs.answers
from tests.jobs.asked_images import AskedImages
from tests.tiny_site import Killed

pytestmark = [pytest.mark.wide, pytest.mark.spark, pytest.mark.models]

IMAGES = {
    1: ("Penguins walk in line to the sea.", "penguin"),
    2: ("The old mill stands by the river.", "mill"),
    3: ("A hen scratches in the yard.", "hen"),
    4: ("The old mill stands by the river.", "mill"),  # what image 2 asks
    5: ("Boats wait in the harbour.", "boat"),
    6: ("The bridge was closed in March.", "bridge"),
}
LATER = {7: ("A fox sleeps under the hedge.", "fox")}


@pytest.fixture(scope="module")
def generated(spark, models, tmp_path_factory) -> AskedImages:
    """All images, generated at once; the tests below go on with it, in their order."""
    asked = AskedImages(spark, tmp_path_factory.mktemp("generated") / "warehouse")
    asked.publish(IMAGES)
    assert asked.generate() == 0
    return asked


def test_equal_prompts_are_asked_once_and_each_image_gets_its_text(generated):
    assert generated.asked_and_known() == (5, 0)
    assert len(generated.rows("llm_answers", "prompt_digest")) == 5
    texts = dict(generated.rows("synthetic_texts", "image_id", "text"))
    assert texts == {number: text for number, (text, _tag) in IMAGES.items()}  # cut answers
    digests = dict(generated.rows("synthetic_texts", "image_id", "prompt_digest"))
    assert digests[2] == digests[4]
    assert set(digests.values()) == {
        digest for (digest,) in generated.rows("llm_answers", "prompt_digest")
    }


@pytest.mark.parametrize("more", [
    ("--force",), ("--set", "generate.max_words=7"), ("--set", "buckets.count=3", "--force"),
])  # fmt: skip
def test_what_is_known_is_not_asked_again(generated, more):
    before = generated.rows("llm_answers", "prompt_digest", "answer")
    assert generated.generate(*more) == 0
    assert generated.asked_and_known() == (0, 5)
    assert generated.rows("llm_answers", "prompt_digest", "answer") == before


def test_of_later_images_only_theirs_is_asked(generated):
    generated.publish(IMAGES | LATER)
    assert generated.generate() == 0
    assert generated.asked_and_known() == (1, 5)
    assert len(generated.rows("synthetic_texts", "image_id")) == 7


def test_a_kill_loses_the_commit_it_fell_into_and_nothing_else(
    generated, spark, tmp_path: Path, monkeypatch
):
    killed = AskedImages(spark, tmp_path / "warehouse")
    killed.publish(IMAGES)
    whole, commits = jobs.answers.Warehouse.append, []

    def dies_before_the_third(warehouse, table, rows, *note):
        if table.name == "llm_answers":
            commits.append(1)
            if len(commits) == 3:
                rows.count()  # everything has been asked
                raise Killed
        whole(warehouse, table, rows, *note)

    small = ("--set", "batch.answer_rows=2")
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(jobs.answers.Warehouse, "append", dies_before_the_third)
        killed.generate(*small)
    assert len(killed.rows("llm_answers", "prompt_digest")) == 4
    assert killed.generate(*small) == 0
    assert killed.asked_and_known() == (1, 4)
    same = ("image_id", "text", "prompt_digest", "fallback_reason")
    of_six = [row for row in generated.rows("synthetic_texts", *same) if row[0] in IMAGES]
    assert killed.rows("synthetic_texts", *same) == of_six
    assert killed.generate("--force") == 0
    assert killed.asked_and_known() == (0, 5)
