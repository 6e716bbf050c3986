"""Synthetic texts by the local model: asked, kept, checked, the same in any company."""

from dataclasses import replace

import pyarrow as pa
import pytest

from jobs.generate_texts import answer_rules
from realsyn_lib.config import load_config
from realsyn_lib.reasons import FALLBACK
from udfs.ask_generator import ask_generator
from udfs.check_answers import check_answers
from udfs.digest_prompts import digest_prompts
from udfs.worker_models import ModelUse

ROWS = [
    {"image_id": 1, "text": "Penguins walk in line to the sea.", "tags": ["king penguin"]},
    {"image_id": 2, "text": "The old mill stands by the river.", "tags": ["water mill", "dam"]},
    {"image_id": 3, "text": "A hen scratches in the yard.", "tags": ["hen"]},
]
USE = ModelUse("smollm2-135m-instruct", 1)
RULES = answer_rules(load_config("local").generate)


def captioned(rows: list[dict]) -> list[dict]:
    return [{**row, "caption": f"A photo of a {row['tags'][0]}."} for row in rows]


def through(work, rows: list[dict]) -> list[dict]:
    found = work(iter([pa.RecordBatch.from_pylist(rows)]))
    return pa.Table.from_batches(list(found)).to_pylist()


def digests(rows: list[dict], model: str = "a", max_new_tokens: int = 2) -> list[str]:
    work = digest_prompts(model, {"max_new_tokens": max_new_tokens})
    return [row["prompt_digest"] for row in through(work, captioned(rows))]


def answers(rows: list[dict], max_new_tokens: int) -> dict[str, dict]:
    asked = [{**row, "prompt_digest": str(row["image_id"])} for row in captioned(rows)]
    found = through(ask_generator(USE, max_new_tokens), asked)
    return {row["prompt_digest"]: row for row in found}


def checked(answer: str | None, finish: str | None, **rules: float) -> dict:
    row = {**captioned(ROWS)[1], "prompt_digest": "d", "answer": answer, "finish_reason": finish}
    schema = pa.schema([
        ("image_id", pa.int64()), ("text", pa.string()), ("caption", pa.string()),
        ("tags", pa.list_(pa.string())), ("prompt_digest", pa.string()),
        ("answer", pa.string()), ("finish_reason", pa.string()),
    ])  # fmt: skip
    batch = pa.RecordBatch.from_pylist([row], schema)
    return next(check_answers("a name", replace(RULES, **rules))(iter([batch]))).to_pylist()[0]


@pytest.mark.models
def test_what_the_model_wrote_comes_as_it_is_the_same_alone_and_in_company(models):
    together = answers(ROWS, 16)
    assert set(together) == {"1", "2", "3"}
    assert {row["finish_reason"] for row in together.values()} <= {"stop", "length"}
    assert all(row["answer"] and row["model"] == USE.name for row in together.values())
    assert {str(row["image_id"]): answers([row], 16)[str(row["image_id"])] for row in ROWS} == (
        together
    )


def test_the_digest_of_a_prompt_changes_with_what_it_is_made_of():
    before = digests(ROWS)
    changed = digests([dict(ROWS[0], tags=["emperor penguin"]), *ROWS[1:]])
    assert [a == b for a, b in zip(before, changed, strict=True)] == [False, True, True]
    assert set(before).isdisjoint(digests(ROWS, max_new_tokens=3))
    assert set(before).isdisjoint(digests(ROWS, model="b"))


def test_a_good_answer_is_the_text():
    found = checked("An old water mill stands by the river.", "stop")
    assert found == {
        "image_id": 2, "text": "An old water mill stands by the river.", "model": "a name",
        "prompt_digest": "d", "fallback_reason": None,
    }  # fmt: skip


@pytest.mark.parametrize(("answer", "finish", "reason"), [
    ("An old water mill stands by", "length", "llm_overlong"),
    ("", "error", "llm_error"),
    (None, None, "llm_error"),
])  # fmt: skip
def test_the_retrieved_text_stands_in_for_a_refused_and_for_a_missing_answer(
    answer, finish, reason
):
    found = checked(answer, finish)
    assert (found["text"], found["fallback_reason"]) == (ROWS[1]["text"], reason)
    assert reason in FALLBACK


def test_a_moved_threshold_judges_the_same_answer_anew():
    text = "An old water mill stands by the river."
    assert checked(text, "stop", max_words=8)["fallback_reason"] is None
    assert checked(text, "stop", max_words=7)["fallback_reason"] == "llm_overlong"
