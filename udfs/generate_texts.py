"""Retrieved text, caption and tags -> synthetic text, by the model named in models.generator."""

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa

from realsyn_lib.generation.answer import AnswerRules, check_answer
from realsyn_lib.generation.prompt import merge_prompt, prompt_digest
from realsyn_lib.tables import SYNTHETIC_TEXTS
from udfs.worker_models import ModelUse, worker_model

COLUMNS = ("image_id", "text", "model", "prompt_digest", "fallback_reason")
Batches = Iterator[pa.RecordBatch]
_PROMPTS_AT_ONCE = 64


def generate_texts(
    generator: ModelUse, max_new_tokens: int, seed: int, rules: AnswerRules
) -> Callable[[Batches], Batches]:
    """Return a ``mapInArrow`` function: (image_id, text, caption, tags) -> ``COLUMNS``.

    An answer that the check refuses is replaced by the retrieved text, with its reason.
    """
    parameters = {"max_new_tokens": max_new_tokens, "seed": seed}

    def generate(batches: Batches) -> Batches:
        from udfs.models.generator import Message
        from udfs.models.load_generator import load_generator

        model = worker_model(generator, load_generator)
        for batch in batches:
            for start in range(0, batch.num_rows, _PROMPTS_AT_ONCE):
                rows = batch.slice(start, _PROMPTS_AT_ONCE).to_pylist()
                prompts = [merge_prompt(row["text"], row["caption"], row["tags"]) for row in rows]
                messages = [
                    [Message(turn.role, turn.text) for turn in prompt] for prompt in prompts
                ]
                answers = model.generate(messages, max_new_tokens)
                digests = [prompt_digest(model.digest, prompt, parameters) for prompt in prompts]
                written = [
                    _row(row, answer.text, answer.finish_reason, digest, generator.name, rules)
                    for row, answer, digest in zip(rows, answers, digests, strict=True)
                ]
                schema = SYNTHETIC_TEXTS.arrow_schema(*COLUMNS)
                yield pa.RecordBatch.from_pylist(written, schema=schema)

    return generate


def _row(
    row: dict[str, Any], answer: str, finish: str, digest: str, model: str, rules: AnswerRules
) -> dict[str, Any]:
    checked = check_answer(answer, finish, row["text"], row["caption"], row["tags"], rules)
    return {
        "image_id": row["image_id"],
        "text": checked.text if checked.reason is None else row["text"],
        "model": model,
        "prompt_digest": digest,
        "fallback_reason": checked.reason,
    }
