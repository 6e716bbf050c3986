"""Captioners that chat or are told their task: tiny models of random weights through the real path."""

from pathlib import Path

import numpy as np
import pytest

from realsyn_lib.models.registry import parse_registry
from tests.udfs.models.test_transformers_sources import byte_tokenizer, context_of, tiny_blip
from udfs.models.captioner import load_captioner
from udfs.models.transformers_captioner import MAX_NEW_TOKENS, QUESTION

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

TEMPLATE = (
    "{% for m in messages %}{{ m.role }}: {% for c in m.content %}"
    "{% if c.type == 'image' %}<image>{% else %} {{ c.text }}{% endif %}{% endfor %}{{ '\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}assistant:{% endif %}"
)


@pytest.fixture(scope="module")
def tiny_llava(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("llava")
    torch.manual_seed(0)
    wrapped = transformers.PreTrainedTokenizerFast(
        tokenizer_object=byte_tokenizer(), bos_token="<|endoftext|>", eos_token="<|endoftext|>",
        pad_token="<|endoftext|>", extra_special_tokens={"image_token": "<image>"},
    )  # fmt: skip
    shape = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 2}
    shape |= {"num_attention_heads": 2}
    config = transformers.LlavaConfig(
        vision_config=transformers.CLIPVisionConfig(
            **shape, image_size=32, patch_size=16, projection_dim=16
        ),
        text_config=transformers.LlamaConfig(
            **shape, vocab_size=258, bos_token_id=0, eos_token_id=0, pad_token_id=0,
            initializer_range=0.5, max_position_embeddings=512,
        ),
        image_token_index=wrapped.convert_tokens_to_ids("<image>"),
    )  # fmt: skip
    model = transformers.LlavaForConditionalGeneration(config)
    for tensor in model.parameters():  # large weights: what is seen decides what is written
        torch.nn.init.normal_(tensor, std=0.6)
    model.save_pretrained(folder)
    size = {"height": 32, "width": 32}
    transformers.LlavaProcessor(
        transformers.CLIPImageProcessor(size=size, crop_size=size), wrapped, patch_size=16,
        vision_feature_select_strategy="default", chat_template=TEMPLATE, num_additional_image_tokens=1,
    ).save_pretrained(folder)  # fmt: skip
    return folder


def obvious_caption(folder: Path, image: np.ndarray, question: str) -> str:
    """One image, token by token, each time through the whole model."""
    model = transformers.AutoModelForImageTextToText.from_pretrained(folder).eval()
    processor = transformers.AutoProcessor.from_pretrained(folder)
    inputs = processor(
        images=image, text=f"user: <image> {question}\nassistant:", return_tensors="pt"
    )
    ids, written = inputs["input_ids"], []
    for _ in range(MAX_NEW_TOKENS):
        with torch.inference_mode():
            logits = model(input_ids=ids, pixel_values=inputs["pixel_values"]).logits[0, -1]
        if (best := int(logits.argmax())) == 0:
            break
        written.append(best)
        ids = torch.cat([ids, torch.tensor([[best]])], dim=1)
    return " ".join(processor.tokenizer.decode(written, skip_special_tokens=True).split())


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)


def test_a_model_that_chats_is_asked_and_only_its_answer_is_the_caption(tiny_llava, pixels):
    captioner = load_captioner(context_of("captioner", tiny_llava, "image_size_px: 32"), "own")
    captions = captioner.caption(pixels, [[], [], []])
    assert captions == [obvious_caption(tiny_llava, image, QUESTION) for image in pixels]
    assert len(set(captions)) > 1  # what is written depends on what is seen
    assert captioner.caption(pixels[2:], [[]]) == captions[2:]


def test_a_source_may_ask_its_own_question(tiny_llava, pixels):
    extra = ', prompt: "What is it?"'
    context = context_of("captioner", tiny_llava, "image_size_px: 32", extra)
    found = load_captioner(context, "own").caption(pixels[:1], [[]])
    assert found == [obvious_caption(tiny_llava, pixels[0], "What is it?")]


def test_a_model_without_a_chat_is_given_the_words_of_its_source(tmp_path, pixels):
    tiny_blip(tmp_path)
    context = context_of("captioner", tmp_path, "image_size_px: 32", ", prompt: a b c")
    found = load_captioner(context, "own").caption(pixels, [])
    assert [text.removeprefix("[DEC] ")[:5] for text in found] == ["a b c"] * 3


def test_the_question_is_in_the_digest_and_no_question_leaves_it_as_it_was(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    entry = "models: {any: {role: captioner, licence: own, memory_mb: 1, source: {kind: folder, "
    entry += f"path: {tmp_path}, loader: transformers%s}}}}}}"
    plain, null, other = (
        parse_registry(entry % extra, where="test").digest("any")
        for extra in ("", ", prompt: null", ", prompt: Why")
    )
    assert plain == null != other
