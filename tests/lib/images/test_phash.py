"""The hash is that of imagehash, for many pictures at once."""

from pathlib import Path

import imagehash
import numpy as np
import pytest
from PIL import Image
from scipy.fft import dctn

from realsyn_lib.errors import ShapeError
from realsyn_lib.images.decode import decode_grey
from realsyn_lib.images.header import read_header
from realsyn_lib.images.phash import hamming_distance, luma_std, phash

SAMPLES = Path(__file__).parents[3] / "samples" / "pages"


def noise(count):
    return np.random.default_rng(7).integers(0, 256, (count, 32, 32), dtype=np.uint8)


def expected(grey):
    """imagehash's row-major bits, the first of them as bit 63 of a signed number."""
    number = int(str(imagehash.phash(Image.fromarray(grey))), 16)
    return number - (1 << 64) if number >= 1 << 63 else number


def photographs():
    """The sample photographs as the grey levels that are hashed."""
    for file in sorted(SAMPLES.glob("*/images/*.jpg")):
        data = file.read_bytes()
        grey = decode_grey(data, read_header(data, 64_000_000)).pixels
        if grey is not None:
            yield grey


def unlike_noise(count):
    """Ramps, stripes, steps and soft pictures: equal and nearly equal frequencies abound."""
    generator, x = np.random.default_rng(8), np.arange(32)
    for number in range(count):
        ramp = np.add.outer(x * generator.integers(-4, 5), x * generator.integers(-4, 5))
        stripes = np.where((x // generator.integers(1, 9)) % 2, 255, 0)[:, None] + np.zeros(32)
        soft = generator.integers(0, 256, (4, 4)).repeat(8, axis=0).repeat(8, axis=1)
        mixed = (ramp + stripes + soft) / 3 + generator.normal(0, 2, (32, 32))
        yield np.clip((ramp, stripes, soft, mixed)[number % 4], 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("pictures", "least"),
    [(noise(2000), 2000), (list(photographs()), 90), (list(unlike_noise(400))[3::4], 100)],
    ids=["noise", "photographs", "mixed"],
)
def test_bits_are_those_of_imagehash(pictures, least):
    assert len(pictures) >= least
    found = phash(np.stack(pictures)).tolist()
    wrong = [n for n, picture in enumerate(pictures) if found[n] != expected(picture)]
    assert wrong == []


def test_bits_of_drawn_pictures_are_those_of_imagehash_but_for_ties():
    """Frequencies that are equal exactly: imagehash compares the noise of its floats, we do not."""
    pictures = np.stack(list(unlike_noise(400)))
    low = dctn(pictures.astype(np.float64), axes=(1, 2))[:, :8, :8].reshape(-1, 64)
    clear = np.abs(low - np.median(low, axis=1, keepdims=True)) > 1e-5
    ours = np.unpackbits(phash(pictures).astype(">i8").view(np.uint8).reshape(-1, 8), axis=1)
    theirs = [imagehash.phash(Image.fromarray(picture)).hash.ravel() for picture in pictures]
    assert 0.3 < clear.mean() < 0.9
    np.testing.assert_array_equal(ours[clear], np.stack(theirs)[clear])


def test_a_reduced_decode_keeps_the_bits_of_a_full_one():
    agreeing = []
    for file in sorted(SAMPLES.glob("*/images/*.jpg")):
        found = hash_of(file)
        if found is not None:
            with Image.open(file) as image:
                whole = int.from_bytes(
                    np.packbits(imagehash.phash(image).hash).tobytes(), signed=True
                )
            agreeing.append(64 - int(hamming_distance(found, np.int64(whole))))
    assert len(agreeing) > 90
    assert np.mean(agreeing) / 64 > 0.99


def test_float_and_integer_levels_give_the_same_hash():
    np.testing.assert_array_equal(phash(noise(5)), phash(noise(5).astype(np.float32)))


def test_a_picture_hashes_the_same_alone_and_in_company():
    pictures = noise(9)
    assert phash(pictures[4:5])[0] == phash(pictures)[4]


def test_no_picture_gives_no_hash():
    assert phash(np.zeros((0, 32, 32), np.uint8)).shape == (0,)


def test_flat_pictures_have_one_hash_and_no_contrast():
    flat = np.stack([np.full((32, 32), level, np.uint8) for level in (1, 77, 254)])
    assert len(set(phash(flat).tolist())) == 1
    assert luma_std(flat).tolist() == [0, 0, 0]


def test_half_black_half_white_has_the_largest_contrast():
    halves = np.zeros((1, 32, 32), np.uint8)
    halves[:, :16] = 255
    assert luma_std(halves).tolist() == [127.5]


def test_distance_counts_bits_of_signed_numbers():
    left = np.array([0, -1, 5, np.iinfo(np.int64).min], dtype=np.int64)
    right = np.array([-1, -1, 4, 0], dtype=np.int64)
    assert hamming_distance(left, right).tolist() == [64, 0, 1, 1]


def test_another_size_is_an_error():
    with pytest.raises(ShapeError, match=r"expected \(n, 32, 32"):
        phash(np.zeros((2, 64, 64), np.uint8))


def hash_of(file):
    data = file.read_bytes()
    grey = decode_grey(data, read_header(data, 64_000_000)).pixels
    return None if grey is None else phash(grey[None])[0]
