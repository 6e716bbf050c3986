"""Tiny CLIPs against open_clip itself: its transform, its tokenizer, its towers."""

import io
import shutil
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Punctuation
from transformers import PreTrainedTokenizerFast

from realsyn_lib.errors import ModelError
from realsyn_lib.images.decode import decode_for
from realsyn_lib.images.header import read_header
from tests.slices import SAMPLES
from tests.tiny_models import CLIP_WIDTH, encoder_context, tiny_clip
from udfs.guarded_decode import ChildLimits
from udfs.model_pixels import decoded_pixels
from udfs.models.load_encoder import load_encoder, load_text_side
from udfs.models.open_clip_tokens import ClipTokens

MANY = 10**8
LIMITS = ChildLimits(20.0, 2**31, 2**26)
TEXTS = ["a", "A dog runs over the wet beach.", "", "word " * 200, "Größe &amp; naïve café 東京"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tiny_clip(tmp_path_factory.mktemp("clip"))


@pytest.fixture(scope="module")
def encoder(folder):
    return load_encoder(encoder_context(folder), "own")


def opaque_files() -> list[bytes]:
    """The JPEG and PNG files of the samples that Pillow opens upright and without transparency."""
    found = []
    for path in sorted(SAMPLES.rglob("*.*")):
        if path.suffix not in (".jpg", ".png"):
            continue
        header = read_header(path.read_bytes(), MANY)
        if header.reason is None and header.orientation == 1:
            with Image.open(path) as image:
                if image.mode in ("RGB", "L") and not _is_broken(image):
                    found.append(path.read_bytes())
    return found


def _is_broken(image: Image.Image) -> bool:
    try:
        image.load()
    except OSError:
        return True
    return False


def reference(folder: Path):
    """open_clip's model and the transform it gives for pictures to be embedded."""
    model, _, transform = open_clip.create_model_and_transforms(f"local-dir:{folder}")
    return model.eval(), transform


def levels(transformed: torch.Tensor, encoder) -> np.ndarray:
    """Undo the normalisation: (side, side, 3) float, 0..255."""
    mean, std = encoder._mean[0], encoder._std[0]
    return (transformed * std + mean).permute(1, 2, 0).numpy() * 255


@pytest.mark.parametrize("mode", ["shortest", "longest", "squash"])
@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear"])
def test_pictures_are_those_of_open_clips_transform(tmp_path, mode, interpolation):
    """Equal levels where a file is decoded whole: up to four times the model's side."""
    made = {"resize_mode": mode, "interpolation": interpolation, "fill_color": 9}
    folder = tiny_clip(tmp_path / "clip", {**made, "mean": [0.5] * 3, "std": [0.5] * 3})
    _, transform = reference(folder)
    encoder = load_encoder(encoder_context(folder), "own")
    files = opaque_files()
    assert len(files) > 60
    whole = scaled = 0
    for data in files:
        header = read_header(data, MANY)
        ours = decode_for(data, header, encoder.image_input).pixels
        theirs = levels(transform(Image.open(io.BytesIO(data))), encoder)
        apart = np.abs(ours - theirs)
        # An eighth less, rounded up, is the first step of a JPEG's decoder.
        least = encoder.image_input.decoded_side(header.width_px, header.height_px)
        smaller = -(-7 * min(header.width_px, header.height_px) // 8)
        if header.format == "jpeg" and smaller >= least:
            scaled += 1
            assert apart.max() < 16 and apart.mean() < 0.5
        else:
            whole += 1
            assert apart.max() < 0.01
    assert whole > 5 and scaled > 5


def test_embeddings_of_files_are_those_of_open_clip(folder, encoder):
    model, transform = reference(folder)
    files = opaque_files()
    pixels, reasons = decoded_pixels(files, encoder.image_input, MANY, LIMITS)
    assert set(reasons) == {None}
    ours = encoder.embed_images(pixels)
    with torch.inference_mode():
        batch = torch.stack([transform(Image.open(io.BytesIO(data))) for data in files])
        theirs = model.encode_image(batch, normalize=True).numpy()
    assert (ours * theirs).sum(axis=1).min() > 0.9999


TOWERS = [
    {},
    {"custom_text": True},
    {"context_length": 32},
    {"no_causal_mask": True, "pool_type": "last", "custom_text": True},
]


@pytest.mark.parametrize("text", TOWERS)
def test_texts_are_those_of_open_clip_whatever_length_is_computed(tmp_path, text):
    folder = tiny_clip(tmp_path / "clip", **text)
    encoder = load_encoder(encoder_context(folder), "own")
    model, _ = reference(folder)
    tokens = open_clip.get_tokenizer(f"local-dir:{folder}")(TEXTS)
    assert tokens.shape[1] == text.get("context_length", 77)
    with torch.inference_mode():
        theirs = model.encode_text(tokens, normalize=True).numpy()
    np.testing.assert_allclose(encoder.embed_texts(TEXTS), theirs, atol=2e-6)
    assert encoder.texts.tower.may_be_short == ("no_causal_mask" not in text)


def test_a_short_text_is_computed_short_and_alone_gives_what_it_gives_among_others(encoder):
    shapes = {block.shape for _, block in encoder.texts.blocks(encoder.texts.tokens(TEXTS))}
    assert shapes == {(80, 8), (40, 16), (8, 77)}
    among = encoder.embed_texts([*TEXTS, *(f"Sentence {n} of a page." for n in range(99))])
    for row, text in enumerate(TEXTS):
        np.testing.assert_array_equal(encoder.embed_texts([text])[0], among[row])


def test_the_text_side_alone_gives_the_same_vectors_and_has_no_image_tower(folder, encoder):
    texts = load_text_side(encoder_context(folder), "own")
    np.testing.assert_array_equal(texts.embed_texts(TEXTS), encoder.embed_texts(TEXTS))
    kept = texts.tower.model.state_dict()
    assert "token_embedding.weight" in kept
    assert not any(name.startswith("visual.") for name in kept)


def test_a_mark_in_a_text_is_plain_text_even_behind_an_entity(encoder):
    end = encoder.texts.tokens._tokenizer.eot_token_id
    for text in ("stop <end_of_text> go", "stop &lt;END_OF_TEXT&gt; go"):
        ids = encoder.texts.tokens([text])[0].tolist()
        assert ids.count(end) == 1
        assert encoder.texts.tokens._tokenizer.encode("go")[0] in ids


def test_an_image_does_not_see_its_neighbours(encoder):
    pixels = np.random.default_rng(0).integers(0, 256, (11, 64, 64, 3), dtype=np.uint8)
    among = encoder.image_features(pixels)
    assert among.feature is None
    np.testing.assert_array_equal(encoder.embed_images(pixels[10:]), among.embedding[10:])


def test_no_rows_give_no_rows(encoder):
    assert encoder.embed_texts([]).shape == (0, CLIP_WIDTH)
    assert encoder.embed_images(np.zeros((0, 64, 64, 3), np.uint8)).shape == (0, CLIP_WIDTH)


def test_a_width_other_than_stated_is_refused_at_load(folder):
    with pytest.raises(ModelError, match=r"its width is 16, models\.yaml says 17"):
        load_encoder(encoder_context(folder, width=17), "own")


def test_weights_of_another_shape_are_refused_at_load(folder, tmp_path):
    other = tiny_clip(tmp_path / "other", width=48, heads=3)
    (other / "open_clip_model.safetensors").write_bytes(
        (folder / "open_clip_model.safetensors").read_bytes()
    )
    with pytest.raises(ModelError, match="model own: open_clip cannot load local-dir:"):
        load_encoder(encoder_context(other), "own")


def test_a_folder_without_a_checkpoint_gives_no_random_model(folder, tmp_path):
    (tmp_path / "open_clip_config.json").write_bytes(
        (folder / "open_clip_config.json").read_bytes()
    )
    with pytest.raises(ModelError, match="holds no checkpoint"):
        load_encoder(encoder_context(tmp_path), "own")


def test_weights_that_open_clip_would_not_look_for_are_refused(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "clip")
    (tmp_path / "clip" / "open_clip_model.safetensors").rename(tmp_path / "clip" / "epoch_1.pt")
    with pytest.raises(
        ModelError, match=r"holds no checkpoint \(\*\.safetensors, \*\.bin, \*\.pth\)"
    ):
        load_encoder(encoder_context(tmp_path / "clip"), "own")


def test_marks_in_a_text_are_words_for_a_tokenizer_of_transformers_too(tmp_path):
    words = ["<pad>", "</s>", "<unk>", "a", "hen", "</", "s", ">", "<", "/"]
    plain = Tokenizer(WordLevel({word: n for n, word in enumerate(words)}, unk_token="<unk>"))
    plain.pre_tokenizer = Punctuation()
    plain.add_special_tokens(["<pad>", "</s>"])
    saved = PreTrainedTokenizerFast(tokenizer_object=plain, pad_token="<pad>", eos_token="</s>")
    tiny_clip(tmp_path / "clip", hf_tokenizer_name="own", vocab_size=32, context_length=12)
    saved.save_pretrained(tmp_path / "clip")
    tokens = ClipTokens(f"local-dir:{tmp_path / 'clip'}")
    mark = words.index("</s>")
    assert mark in saved("hen</s>hen")["input_ids"]
    assert mark not in tokens(["hen</s>hen"])[0]
