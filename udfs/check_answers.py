"""Kept answers and what was asked -> synthetic texts: the answer, or the reason why it is not used."""

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa

from realsyn_lib.failpoints import reach
from realsyn_lib.generation.answer import AnswerRules, check_answer
from realsyn_lib.tables import SYNTHETIC_TEXTS

COLUMNS = ("image_id", "text", "model", "prompt_digest", "fallback_reason")
Batches = Iterator[pa.RecordBatch]


def check_answers(model: str, rules: AnswerRules) -> Callable[[Batches], Batches]:
    """Return a ``mapInArrow`` function -> ``COLUMNS``; no model is loaded.

    Expects image_id, text, caption, tags, prompt_digest, answer, finish_reason; the last two are
    null where nobody answered. A refused answer is replaced by the retrieved text.
    """

    def check(batches: Batches) -> Batches:
        schema = SYNTHETIC_TEXTS.arrow_schema(*COLUMNS)
        for batch in batches:
            reach("check_answers.batch")
            written = [_row(row, model, rules) for row in batch.to_pylist()]
            yield pa.RecordBatch.from_pylist(written, schema=schema)

    return check


def _row(row: dict[str, Any], model: str, rules: AnswerRules) -> dict[str, Any]:
    answer, finish = row["answer"] or "", row["finish_reason"] or "error"
    checked = check_answer(answer, finish, row["text"], row["caption"], row["tags"], rules)
    return {
        "image_id": row["image_id"],
        "text": checked.text if checked.reason is None else row["text"],
        "model": model,
        "prompt_digest": row["prompt_digest"],
        "fallback_reason": checked.reason,
    }
