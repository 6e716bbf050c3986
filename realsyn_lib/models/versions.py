"""Versions of the code that turns a model's files into numbers.

Raise one whenever the output of its loader or converter changes: the number is part of the model's
digest, so the stages that used the model run again.
"""

LOADER_VERSIONS: dict[str, int] = {
    "bridge": 2,
    "data": 1,
    "efficientnet_lite0": 1,
    "linear_map": 1,
    "llama_cpp": 1,
    "minilm": 1,
    "open_clip": 2,
    "openai": 1,
    "ram_plus": 1,
    "spacy": 1,
    "tags_sentence": 1,
    "transformers": 1,
    "vllm": 1,
    "zero_shot": 1,
}
