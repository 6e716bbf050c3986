"""Tiny causal models of several families against one sentence at a time through the whole model."""

from pathlib import Path

import numpy as np
import pytest
import torch
import transformers

from realsyn_lib.errors import ModelError
from tests.udfs.models.test_transformers_sources import byte_tokenizer, context_of
from udfs.models.language_model import load_language_model

SHAPE = {
    "vocab_size": 257, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
    "num_attention_heads": 2, "num_key_value_heads": 1, "max_position_embeddings": 128,
    "initializer_range": 0.5,
}  # fmt: skip
MARKS = {"bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 0}
MODELS = {
    "gpt2": lambda: transformers.GPT2LMHeadModel(
        transformers.GPT2Config(
            vocab_size=257, n_positions=128, n_embd=32, n_layer=2, n_head=2, initializer_range=0.5,
            **MARKS,
        )
    ),
    "llama": lambda: transformers.LlamaForCausalLM(transformers.LlamaConfig(**SHAPE, **MARKS)),
    "without a start mark": lambda: transformers.LlamaForCausalLM(
        transformers.LlamaConfig(**SHAPE, **{**MARKS, "bos_token_id": None})
    ),
    "logits that are scaled": lambda: transformers.GraniteForCausalLM(
        transformers.GraniteConfig(**SHAPE, **MARKS, logits_scaling=4.0)
    ),
    "logits that are capped": lambda: transformers.Gemma2ForCausalLM(
        transformers.Gemma2Config(**SHAPE, **MARKS, head_dim=16, final_logit_softcapping=2.0)
    ),
}  # fmt: skip
TEXTS = [
    "A dog runs.",
    "b",
    "The boat left the harbour in the morning. " * 2,
    "",
    "x" * 200,
    "Rain.",
]


def saved(folder: Path, name: str) -> Path:
    torch.manual_seed(0)
    MODELS[name]().save_pretrained(folder)
    marks = {"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>"}
    wrapped = transformers.PreTrainedTokenizerFast(tokenizer_object=byte_tokenizer(), **marks)
    wrapped.save_pretrained(folder)
    return folder


def one_by_one(folder: Path, texts: list[str]) -> list[float]:
    """Each text alone, unpadded, after the mark 0; NaN for none."""
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    found = []
    for text in texts:
        ids = byte_tokenizer().encode(text).ids[:128]
        with torch.inference_mode():
            logits = model(torch.tensor([[0, *ids]])[:, :128]).logits[0].double().log_softmax(-1)
        chosen = logits[torch.arange(len(ids)), torch.tensor(ids, dtype=torch.long)]
        found.append(float(np.exp(-chosen.mean())) if ids else np.nan)
    return found


@pytest.mark.parametrize("name", sorted(MODELS))
def test_perplexities_are_those_of_one_sentence_at_a_time(tmp_path, name):
    scorer = load_language_model(context_of("language_model", saved(tmp_path, name)), "own")
    expected = one_by_one(tmp_path, TEXTS)
    assert len({round(value, 3) for value in expected if value == value}) == 5
    assert scorer.perplexities(TEXTS) == pytest.approx(expected, rel=1e-3, nan_ok=True)


@pytest.mark.parametrize("name", ["gpt2", "llama"])
def test_a_score_is_the_same_bits_alone_and_among_others(tmp_path, name):
    scorer = load_language_model(context_of("language_model", saved(tmp_path, name)), "own")
    others = [f"Sentence {n} of a page about {'boats ' * (n % 7)}." for n in range(60)]
    among = scorer.perplexities([*others, *TEXTS])[len(others) :]
    alone = [scorer.perplexities([text])[0] for text in TEXTS]
    np.testing.assert_array_equal(among, alone)


def test_a_batch_that_does_not_fit_is_halved_and_gives_the_same(tmp_path, monkeypatch):
    scorer = load_language_model(context_of("language_model", saved(tmp_path, "gpt2")), "own")
    texts = [f"Sentence {n}." for n in range(10, 40)]
    whole, score, sizes = scorer.perplexities(texts), scorer._score, []

    def small_gpu(wanted: np.ndarray) -> np.ndarray:
        sizes.append(len(wanted))
        if len(wanted) > 5:
            raise torch.cuda.OutOfMemoryError("too large")
        return score(wanted)

    monkeypatch.setattr(scorer, "_score", small_gpu)
    assert scorer.perplexities(texts) == pytest.approx(whole, rel=1e-5)
    assert max(sizes) == 21 and min(sizes) <= 5


def test_a_model_without_any_mark_is_refused(tmp_path):
    saved(tmp_path, "gpt2")
    config = transformers.GPT2Config.from_pretrained(tmp_path)
    config.bos_token_id = config.eos_token_id = None
    config.save_pretrained(tmp_path)
    with pytest.raises(ModelError, match="neither bos_token_id nor eos_token_id"):
        load_language_model(context_of("language_model", tmp_path), "own")
