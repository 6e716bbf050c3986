"""Folder sources with tiny models of random weights: the loading code, not the quality."""

from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from realsyn_lib.errors import ModelError
from realsyn_lib.models.registry import parse_registry
from udfs.models.captioner import load_captioner
from udfs.models.context import ModelContext
from udfs.models.language_model import load_language_model
from udfs.models.load_encoder import load_encoder
from udfs.models.tagger import load_tagger

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")


def context_of(role: str, folder: Path, extra: str = "", source: str = "") -> ModelContext:
    text = f"""
models:
  own:
    role: {role}
    licence: own
    memory_mb: 1
    {extra}
    source: {{kind: folder, path: {folder}, loader: transformers{source}}}
"""
    return ModelContext(parse_registry(text, where="test"), folder)


def byte_tokenizer() -> Tokenizer:
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {"<|endoftext|>": 0, **{c: i for i, c in enumerate(letters, start=1)}}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<|endoftext|>"])
    return tokenizer


@pytest.fixture
def tiny_gpt2(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    config = transformers.GPT2Config(
        vocab_size=257, n_positions=64, n_embd=16, n_layer=2, n_head=2,
        bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    transformers.GPT2LMHeadModel(config).save_pretrained(tmp_path)
    wrapped = transformers.PreTrainedTokenizerFast(
        tokenizer_object=byte_tokenizer(), bos_token="<|endoftext|>", eos_token="<|endoftext|>"
    )
    wrapped.save_pretrained(tmp_path)
    return tmp_path


def obvious_perplexity(folder: Path, ids: list[int]) -> float:
    """One unpadded text through the whole model."""
    model = transformers.AutoModelForCausalLM.from_pretrained(folder).eval()
    read = torch.tensor([[0, *ids]])
    with torch.inference_mode():
        logits = model(read).logits[0, :-1].double().log_softmax(-1)
    return float(np.exp(-logits[torch.arange(len(ids)), torch.tensor(ids)].mean()))


def test_a_gpt2_folder_scores_as_the_whole_model_does(tiny_gpt2):
    scorer = load_language_model(context_of("language_model", tiny_gpt2), "own")
    texts = ["a", "abcdefgh", "the quick brown fox", "z" * 40]
    ids = [byte_tokenizer().encode(text).ids for text in texts]
    expected = [obvious_perplexity(tiny_gpt2, row) for row in ids]
    assert scorer.perplexities(texts) == pytest.approx(expected, rel=1e-5)


def test_a_folder_without_weights_is_an_error_that_names_it(tmp_path: Path):
    with pytest.raises(ModelError, match=f"{tmp_path} cannot be loaded"):
        (tmp_path / "config.json").write_text('{"model_type": "gpt2"}')
        load_language_model(context_of("language_model", tmp_path), "own")


def test_a_control_word_is_scored_letter_by_letter(tiny_gpt2):
    scorer = load_language_model(context_of("language_model", tiny_gpt2), "own")
    ids = [byte_tokenizer().token_to_id(c) for c in "<|endoftext|>"]
    expected = obvious_perplexity(tiny_gpt2, ids)
    assert scorer.perplexities(["<|endoftext|>"])[0] == pytest.approx(expected, rel=1e-5)


def test_a_classifier_folder_tags_with_its_own_labels(tmp_path: Path):
    torch.manual_seed(0)
    config = transformers.ViTConfig(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        image_size=32, patch_size=16, id2label={0: "cat", 1: "dog, hound", 2: "owl"},
    )  # fmt: skip
    transformers.ViTForImageClassification(config).save_pretrained(tmp_path)
    size = {"height": 32, "width": 32}
    transformers.ViTImageProcessor(size=size).save_pretrained(tmp_path)
    tagger = load_tagger(context_of("tagger", tmp_path, "image_size_px: 32"), "own")
    pixels = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
    tags = tagger.tag(pixels, max_tags=3, min_score=0.0)
    assert {tag for tag, _ in tags[0]} == {"cat", "dog", "owl"}
    assert sum(score for _, score in tags[0]) == pytest.approx(1, abs=1e-5)
    assert tagger.tag(pixels[2:], max_tags=3, min_score=0.0) == tags[2:]


def tiny_blip(folder: Path) -> None:
    torch.manual_seed(0)
    shape = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1}
    shape |= {"num_attention_heads": 2, "projection_dim": 16}
    marks = {"bos_token_id": 5, "pad_token_id": 0, "eos_token_id": 3, "sep_token_id": 3}
    config = transformers.BlipConfig(
        text_config={**shape, **marks, "vocab_size": 16, "encoder_hidden_size": 16},
        vision_config={**shape, "image_size": 32, "patch_size": 16},
        projection_dim=16,
    )
    transformers.BlipForConditionalGeneration(config).save_pretrained(folder)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[DEC]", *"abcdefghij"]
    (folder / "vocab.txt").write_text("\n".join(words))
    processor = transformers.BlipProcessor(
        transformers.BlipImageProcessor(size={"height": 32, "width": 32}),
        transformers.BertTokenizerFast(str(folder / "vocab.txt")),
    )
    processor.save_pretrained(folder)


def test_a_blip_folder_captions_each_image_whatever_stands_beside_it(tmp_path: Path):
    tiny_blip(tmp_path)
    captioner = load_captioner(context_of("captioner", tmp_path, "image_size_px: 32"), "own")
    pixels = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
    captions = captioner.caption(pixels, [[], [], []])
    assert len(captions) == 3
    assert all(captions)
    assert captioner.caption(pixels[2:], [[]]) == captions[2:]


def test_an_open_clip_checkpoint_in_a_folder_embeds(tmp_path: Path):
    open_clip = pytest.importorskip("open_clip")
    torch.manual_seed(0)
    torch.save(open_clip.create_model("ViT-S-32-alt").state_dict(), tmp_path / "weights.pt")
    text = f"""
models:
  own:
    role: encoder
    licence: own
    memory_mb: 1
    width: 256
    source: {{kind: folder, path: {tmp_path}, loader: open_clip, architecture: ViT-S-32-alt}}
"""
    context = ModelContext(parse_registry(text, where="test"), tmp_path)
    encoder = load_encoder(context, "own")
    side = encoder.image_size
    pixels = np.random.default_rng(0).integers(0, 256, (3, side, side, 3), dtype=np.uint8)
    vectors = encoder.image_features(pixels)
    assert vectors.feature is None
    assert vectors.embedding.shape == encoder.embed_texts(["a", "b", "c"]).shape == (3, 256)
    assert np.linalg.norm(vectors.embedding, axis=1) == pytest.approx(1, abs=1e-5)
    np.testing.assert_array_equal(encoder.embed_images(pixels[2:])[0], vectors.embedding[2])
