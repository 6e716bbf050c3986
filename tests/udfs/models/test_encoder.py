import numpy as np
import pytest
from PIL import Image

from realsyn_lib.errors import ModelError, SettingError, ShapeError
from tests.slices import SAMPLES
from udfs.models.load_encoder import load_encoder
from udfs.models.text_encoder import TextEncoder

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def bridge(models):
    return load_encoder(models, "bridge")


def test_vectors_have_the_stated_width_and_unit_norm(bridge, photographs):
    vectors = bridge.image_features(photographs)
    texts = bridge.embed_texts(["A dog.", "Two cats sleep."])
    assert vectors.embedding.shape == texts.shape == (2, bridge.width)
    assert vectors.feature.shape == (2, bridge.feature_width)
    for rows in (vectors.embedding, vectors.feature, texts):
        assert rows.dtype == np.float32
        assert np.linalg.norm(rows, axis=1) == pytest.approx(1, abs=1e-5)


def test_each_photograph_is_nearest_to_its_own_sentence(bridge, photographs):
    texts = ["A bright flower with many petals.", "An old Chinese palace stands by a lake."]
    cosines = bridge.embed_images(photographs) @ bridge.embed_texts(texts).T
    assert cosines.argmax(axis=1).tolist() == [0, 1]


def test_a_paraphrase_is_nearer_than_another_subject(bridge):
    one, same, other = bridge.embed_texts(
        ["A dog runs on the beach.", "A puppy is running along the shore.", "Taxes rose in May."]
    )
    assert one @ same > 0.5
    assert one @ other < 0.2


def test_an_images_vectors_do_not_depend_on_its_neighbours(bridge, photographs, noise):
    alone = bridge.image_features(photographs[:1])
    among = bridge.image_features(np.concatenate([noise, photographs]))
    np.testing.assert_array_equal(among.embedding[len(noise)], alone.embedding[0])
    np.testing.assert_array_equal(among.feature[len(noise)], alone.feature[0])


def test_a_texts_vector_does_not_depend_on_its_neighbours(bridge):
    text = "The ferry leaves the harbour before sunrise."
    others = [f"Sentence {n} of a page about boats." for n in range(90)] + ["word " * 300]
    np.testing.assert_array_equal(
        bridge.embed_texts([*others, text])[-1], bridge.embed_texts([text])[0]
    )


def test_a_long_text_is_cut_at_the_models_limit(bridge):
    two = bridge.embed_texts(["word " * 300, "word " * 3000])
    np.testing.assert_array_equal(two[0], two[1])


def test_a_mark_of_the_tokenizer_in_a_text_is_plain_text(models):
    texts = TextEncoder(models.folder("minilm-l6"), "cpu")
    end_mark = texts._tokenizer.token_to_id("[SEP]")
    ids = texts._tokenizer.encode("stop [SEP] go").ids
    assert ids.count(end_mark) == 1
    assert ids[-1] == end_mark


def test_no_rows_give_no_rows(bridge):
    assert bridge.embed_texts([]).shape == (0, 384)
    assert bridge.embed_images(np.zeros((0, 224, 224, 3), np.uint8)).shape == (0, 384)


def test_pixels_of_another_size_are_refused(bridge):
    with pytest.raises(ShapeError, match="224"):
        bridge.embed_images(np.zeros((1, 100, 100, 3), np.uint8))


def test_a_tagger_cannot_be_the_encoder(models):
    with pytest.raises(SettingError, match="is a tagger"):
        load_encoder(models, "efficientnet-lite0")


def test_a_bridge_whose_part_is_missing_is_refused_when_it_is_loaded(models, tmp_path):
    empty = type(models)(models.registry, tmp_path)
    with pytest.raises(ModelError, match="realsyn models fetch efficientnet-lite0"):
        load_encoder(empty, "bridge")


def test_the_bridge_puts_photographs_near_what_their_alt_texts_say(bridge):
    names = (
        "animals/images/koala.jpg",
        "animals/images/bison.jpg",
        "monuments/images/colosseum.jpg",
    )
    pixels = [Image.open(SAMPLES / name).convert("RGB").resize((224, 224)) for name in names]
    texts = [
        "A grey koala sitting in the fork of a tree",
        "A brown bison grazing on bright green grass",
        "The ruins of an ancient arena with many arches",
    ]
    cosines = bridge.embed_images(np.stack([np.asarray(p) for p in pixels]))
    assert (cosines @ bridge.embed_texts(texts).T).argmax(axis=1).tolist() == [0, 1, 2]
