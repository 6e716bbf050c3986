"""Retrieved text, caption and tags -> the same rows with the digest of what would be asked."""

from collections.abc import Callable, Iterator, Mapping

import pyarrow as pa

from realsyn_lib.generation.prompt import merge_prompt, prompt_digest

Batches = Iterator[pa.RecordBatch]


def digest_prompts(
    model_digest: str, parameters: Mapping[str, int | float | str]
) -> Callable[[Batches], Batches]:
    """Return a ``mapInArrow`` function that appends ``prompt_digest`` (string).

    Expects ``text``, ``caption`` (strings) and ``tags`` (list of strings). No model is loaded.
    """

    def digests(batches: Batches) -> Batches:
        for batch in batches:
            columns = (batch[name].to_pylist() for name in ("text", "caption", "tags"))
            found = [
                prompt_digest(model_digest, merge_prompt(text, caption, tags), parameters)
                for text, caption, tags in zip(*columns, strict=True)
            ]
            yield batch.append_column("prompt_digest", pa.array(found, pa.string()))

    return digests
