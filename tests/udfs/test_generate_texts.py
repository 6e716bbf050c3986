"""Synthetic texts by the local model: checked, told why refused, the same in any company."""

from dataclasses import replace

import pyarrow as pa
import pytest

from jobs.generate_texts import answer_rules
from realsyn_lib.config import load_config
from realsyn_lib.reasons import FALLBACK
from udfs.generate_texts import generate_texts
from udfs.worker_models import ModelUse

pytestmark = pytest.mark.models

ROWS = [
    {"image_id": 1, "text": "Penguins walk in line to the sea.", "tags": ["king penguin"]},
    {"image_id": 2, "text": "The old mill stands by the river.", "tags": ["water mill", "dam"]},
    {"image_id": 3, "text": "A hen scratches in the yard.", "tags": ["hen"]},
]
USE = ModelUse("smollm2-135m-instruct", 1)
RULES = answer_rules(load_config("local").generate)


def write(rows: list[dict], max_new_tokens: int = 16, **rules: int) -> dict[int, dict]:
    captioned = [{**row, "caption": f"A photo of a {row['tags'][0]}."} for row in rows]
    work = generate_texts(USE, max_new_tokens, seed=1, rules=replace(RULES, **rules))
    found = pa.Table.from_batches(list(work(iter([pa.RecordBatch.from_pylist(captioned)]))))
    return {row["image_id"]: row for row in found.to_pylist()}


def test_a_refused_answer_leaves_the_retrieved_text_and_a_word_of_the_closed_list(models):
    written = write(ROWS, max_new_tokens=2)
    assert set(written) == {1, 2, 3}
    for row in ROWS:
        found = written[row["image_id"]]
        assert (found["text"], found["model"]) == (row["text"], "smollm2-135m-instruct")
        assert found["fallback_reason"] in FALLBACK


def test_a_row_is_written_the_same_alone_and_in_company(models):
    together = write(ROWS)
    assert {row["image_id"]: write([row])[row["image_id"]] for row in ROWS} == together


def test_the_digest_of_the_prompt_changes_with_what_it_is_made_of(models):
    changed = [dict(ROWS[0], tags=["emperor penguin"]), *ROWS[1:]]
    before, after = write(ROWS, 2), write(changed, 2)
    assert [before[n]["prompt_digest"] == after[n]["prompt_digest"] for n in (1, 2, 3)] == [
        False, True, True,
    ]  # fmt: skip
    assert write(ROWS, 3)[1]["prompt_digest"] != before[1]["prompt_digest"]
