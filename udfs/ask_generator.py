"""Prompts -> what a generator answers, as it came: checks are made of the kept answer."""

from collections.abc import Callable, Iterator, Sequence

import pyarrow as pa

from realsyn_lib.failpoints import reach
from realsyn_lib.generation.prompt import merge_prompt
from realsyn_lib.tables import LLM_ANSWERS
from udfs.gather import gathered
from udfs.worker_models import ModelUse, worker_model

COLUMNS = ("prompt_digest", "model", "answer", "finish_reason")
ANSWERED = ("stop", "length")
Batches = Iterator[pa.RecordBatch]


def ask_generator(generator: ModelUse, max_new_tokens: int) -> Callable[[Batches], Batches]:
    """Return a ``mapInArrow`` function: (text, caption, tags, prompt_digest) -> ``COLUMNS``.

    Holds as many prompts at once as the generator asks for. A prompt that was refused or never
    answered gives no row: another run asks it again.
    """

    def ask(batches: Batches) -> Batches:
        from udfs.models.generator import Message
        from udfs.models.load_generator import load_generator

        model = worker_model(generator, load_generator)
        for batch in gathered(batches, model.prompts_at_once):
            reach("ask_generator.batch")
            for start in range(0, batch.num_rows, model.prompts_at_once):
                rows = batch.slice(start, model.prompts_at_once).to_pylist()
                turns = [merge_prompt(row["text"], row["caption"], row["tags"]) for row in rows]
                prompts = [[Message(turn.role, turn.text) for turn in prompt] for prompt in turns]
                answers = model.generate(prompts, max_new_tokens)
                written = [
                    (row["prompt_digest"], generator.name, answer.text, answer.finish_reason)
                    for row, answer in zip(rows, answers, strict=True)
                    if answer.finish_reason in ANSWERED
                ]
                yield _batch(written)

    return ask


def _batch(rows: Sequence[tuple[str, ...]]) -> pa.RecordBatch:
    schema = LLM_ANSWERS.arrow_schema(*COLUMNS)
    return pa.RecordBatch.from_pylist(
        [dict(zip(COLUMNS, row, strict=True)) for row in rows], schema
    )
