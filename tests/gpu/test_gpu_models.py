"""On a GPU the models give the vectors and scores that they give on a CPU."""

from pathlib import Path

import numpy as np
import pytest
import torch

from realsyn_lib.models.source import Precision
from tests.tiny_models import encoder_entry, registry_of, tiny_clip
from tests.udfs.models.test_tiny_language_models import TEXTS, saved
from tests.udfs.models.test_transformers_sources import context_of
from udfs.device import task_device
from udfs.models.context import ModelContext
from udfs.models.language_model import load_language_model
from udfs.models.load_encoder import load_encoder

pytestmark = pytest.mark.gpu


@pytest.fixture(scope="module")
def clip(tmp_path_factory) -> Path:
    return tiny_clip(tmp_path_factory.mktemp("clip"))


def encoder_on(device: str, folder: Path, precision: Precision, may_compile: bool = False):
    registry = registry_of(encoder_entry(folder, more=f", precision: {precision}"))
    return load_encoder(ModelContext(registry, folder, device, 1, may_compile), "own")


@pytest.mark.parametrize(
    ("precision", "cosine"), [("fp32", 0.99999), ("fp16", 0.9999), ("bf16", 0.999)]
)
def test_vectors_are_those_of_the_cpu(clip, precision, cosine):
    pixels = np.random.default_rng(0).integers(0, 256, (300, 64, 64, 3), dtype=np.uint8)
    gpu, cpu = encoder_on("cuda:0", clip, precision), encoder_on("cpu", clip, "fp32")
    assert (
        gpu._dtype
        == {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}[precision]
    )
    for ours, theirs in (
        (gpu.embed_images(pixels), cpu.embed_images(pixels)),
        (gpu.embed_texts(TEXTS), cpu.embed_texts(TEXTS)),
    ):
        assert (ours * theirs).sum(axis=1).min() > cosine


def test_a_compiled_tower_gives_the_same(clip):
    pixels = np.random.default_rng(0).integers(0, 256, (300, 64, 64, 3), dtype=np.uint8)
    plain, compiled = (encoder_on("cuda:0", clip, "fp16", flag) for flag in (False, True))
    cosines = (plain.embed_images(pixels) * compiled.embed_images(pixels)).sum(axis=1)
    assert cosines.min() > 0.9999


@pytest.mark.parametrize("name", ["gpt2", "llama"])
def test_perplexities_are_those_of_the_cpu(tmp_path, name):
    cpu = context_of("language_model", saved(tmp_path, name))
    gpu = ModelContext(cpu.registry, tmp_path, "cuda:0")
    scores = [load_language_model(context, "own").perplexities(TEXTS) for context in (gpu, cpu)]
    np.testing.assert_allclose(*scores, rtol=1e-3)


def test_a_task_without_a_context_computes_on_the_first_card():
    assert task_device() == "cuda:0"
