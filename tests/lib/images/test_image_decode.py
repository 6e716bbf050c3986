"""One decode: what each kind of file becomes, with pixels a person can check."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from realsyn_lib.images.decode import decode, decode_for, decode_grey
from realsyn_lib.images.header import read_header
from realsyn_lib.images.model_input import ModelInput
from realsyn_lib.images.phash import phash
from realsyn_lib.reasons import QUARANTINED
from tests.encoded_picture import encoded

CORPUS = Path(__file__).parents[3] / "../shared/corpus"
MANY = 64_000_000
LOSSLESS = {"png": {}, "webp": {"lossless": True}, "bmp": {}}


def opened(data):
    return decode(data, read_header(data, MANY))


def ramp(width=240, height=160):
    """A smooth picture in which every direction and channel differs."""
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    channels = [200 * x, 220 * y, 255 * (x * y > 0.2)]
    return Image.fromarray(np.stack(channels, axis=2).astype(np.uint8))


@pytest.mark.parametrize("name", LOSSLESS)
def test_lossless_formats_give_back_their_pixels(name):
    got = opened(encoded(ramp(), name, **LOSSLESS[name]))
    np.testing.assert_array_equal(got.pixels, np.asarray(ramp()))


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}])
def test_jpeg_pixels_are_those_of_pillow(options):
    data = encoded(ramp(), "jpeg", **options)
    np.testing.assert_array_equal(opened(data).pixels, np.asarray(Image.open(io.BytesIO(data))))


def test_16_bit_grey_is_scaled_not_clipped():
    levels = np.array([[0, 128, 129, 32768, 65535]], dtype=np.uint16)
    got = opened(encoded(Image.fromarray(levels), "png"))
    assert got.pixels[0, :, 0].tolist() == [0, 0, 1, 128, 255]


def test_a_transparent_pixel_is_white_and_half_a_pixel_is_halfway():
    pixels = np.array([[[10, 20, 30, 0], [0, 0, 0, 128], [10, 20, 30, 255]]], dtype=np.uint8)
    got = opened(encoded(Image.fromarray(pixels), "png"))
    assert got.pixels[0].tolist() == [[255, 255, 255], [127, 127, 127], [10, 20, 30]]


def test_grey_with_alpha_lies_over_white():
    got = opened(
        encoded(Image.merge("LA", [Image.new("L", (2, 2), 9), Image.new("L", (2, 2), 0)]), "png")
    )
    assert got.pixels.min() == 255


def test_a_transparent_palette_entry_is_white():
    image = Image.new("P", (2, 1))
    image.putpalette([200, 0, 0, 0, 200, 0])
    image.putpixel((1, 0), 1)
    got = opened(encoded(image, "png", transparency=0))
    assert got.pixels[0].tolist() == [[255, 255, 255], [0, 200, 0]]


def test_a_transparent_16_bit_grey_level_is_white():
    data = encoded(
        Image.fromarray(np.array([[0, 65535, 600]], dtype=np.uint16)), "png", transparency=600
    )
    assert opened(data).pixels[0, :, 0].tolist() == [0, 255, 255]


def test_cmyk_ink_becomes_its_colour():
    # cyan 255, black 0 has no red; no ink with black 128 leaves 127 of 255
    inks = np.zeros((16, 32, 4), dtype=np.uint8)
    inks[:, :16] = (255, 0, 0, 0)
    inks[:, 16:] = (0, 0, 0, 128)
    got = opened(encoded(Image.fromarray(inks, "CMYK"), "jpeg", quality=100))
    np.testing.assert_allclose(got.pixels[8, 8], [0, 255, 255], atol=2)
    np.testing.assert_allclose(got.pixels[8, 24], [127, 127, 127], atol=2)


def test_an_animation_gives_its_first_frame():
    frames = [Image.new("RGB", (8, 8), color) for color in ("red", "lime", "blue")]
    data = encoded(frames[0], "gif", save_all=True, append_images=frames[1:])
    assert opened(data).pixels[0, 0].tolist() == [255, 0, 0]


def orientation(value):
    exif = Image.Exif()
    exif[0x0112] = value
    return exif.tobytes()


TURNS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def turned(value, name):
    """The ramp stored as orientation ``value`` stores it: a viewer shows it upright."""
    image = ramp() if TURNS[value] is None else ramp().transpose(TURNS[value])
    return encoded(image, name, exif=orientation(value))


@pytest.mark.parametrize("value", TURNS)
def test_every_orientation_comes_upright(value):
    np.testing.assert_array_equal(opened(turned(value, "png")).pixels, np.asarray(ramp()))


def test_all_eight_orientations_have_one_hash():
    files = [turned(value, "png") for value in TURNS]
    grey = np.stack([decode_grey(data, read_header(data, MANY)).pixels for data in files])
    assert len(set(phash(grey).tolist())) == 1


@pytest.mark.parametrize("name", ["jpeg", "png", "gif", "bmp", "webp", "avif"])
@pytest.mark.parametrize("share", [0.5, 0.95])
def test_a_cut_file_is_truncated_and_never_half_a_picture(name, share):
    noise = np.random.default_rng(3).integers(0, 255, (120, 120, 3), dtype=np.uint8)
    data = encoded(Image.fromarray(noise), name)
    got = opened(data[: int(len(data) * share)])
    assert got.pixels is None
    assert got.reason == "truncated"


def test_a_cut_jpeg_with_an_end_marker_is_truncated_all_the_same():
    data = encoded(ramp(), "jpeg")
    assert opened(data[: len(data) // 2] + b"\xff\xd9").reason == "truncated"


def test_stray_bytes_before_the_end_of_a_jpeg_are_harmless():
    data = encoded(ramp(), "jpeg")
    stray = data[:-2] + b"\0" * 40 + b"\xff\xd9"
    np.testing.assert_array_equal(opened(stray).pixels, opened(data).pixels)


def test_bytes_behind_the_picture_change_nothing():
    data = encoded(ramp(), "jpeg")
    np.testing.assert_array_equal(opened(data + b"PK\x03\x04 zip").pixels, opened(data).pixels)


def test_noise_inside_a_png_is_a_decode_error():
    data = bytearray(encoded(ramp(), "png"))
    data[60:90] = b"\x55" * 30
    assert opened(bytes(data)).reason in ("decode_error", "truncated")


def damaged(data, chance):
    """The file with a few bytes changed, taken out, set to 255, or with its end cut off."""
    out = bytearray(data)
    for _ in range(chance.integers(1, 5)):
        at = int(chance.integers(min(len(out), 150) if chance.random() < 0.5 else len(out)))
        kind = chance.integers(4)
        out[at : at + 4] = [b"\xff" * 4, b"", bytes(chance.bytes(6)), out[at : at + 4]][kind]
        out = out[: max(at, 40)] if chance.random() < 0.1 else out
    return bytes(out)


@pytest.mark.parametrize("name", ["jpeg", "png", "gif", "bmp", "webp", "avif"])
def test_a_damaged_file_gives_pixels_of_the_header_s_size_or_a_known_reason(name):
    chance = np.random.default_rng(11)
    data = encoded(ramp(70, 50), name)
    for _ in range(400):
        bad = damaged(data, chance)
        header = read_header(bad, 4_000_000)
        got = decode(bad, header)
        if got.pixels is None:
            assert got.reason in QUARANTINED
        else:
            assert got.pixels.shape == (header.height_px, header.width_px, 3)


def test_a_refused_header_is_passed_on():
    got = opened(b"<svg xmlns='x'></svg>")
    assert (got.pixels, got.reason) == (None, "format_refused")


@pytest.mark.parametrize("name", ["jpeg", "png"])
def test_a_reduced_decode_is_the_middle_of_the_scaled_picture(name):
    data = encoded(ramp(2400, 1601), name)
    got = decode_for(data, read_header(data, MANY), ModelInput(224, crop_share=0.875)).pixels
    whole = ramp(2400, 1601).resize((383, 256), Image.Resampling.BICUBIC)  # 383.76 is cut
    middle = np.asarray(whole.crop((80, 16, 304, 240)))  # (383 - 224) / 2 is rounded to even
    assert np.abs(got.astype(int) - middle.astype(int)).mean() < 1.5


def test_a_small_picture_is_enlarged():
    data = encoded(ramp(60, 40), "png")
    got = decode_for(data, read_header(data, MANY), ModelInput(224)).pixels
    whole = ramp(60, 40).resize((336, 224), Image.Resampling.BICUBIC)
    np.testing.assert_array_equal(got, np.asarray(whole.crop((56, 0, 280, 224))))


def test_a_long_picture_lies_on_its_fill_and_is_not_cut():
    data = encoded(Image.new("RGB", (80, 40), (200, 0, 0)), "png")
    how = ModelInput(20, resize="longest", fill=7)
    got = decode_for(data, read_header(data, MANY), how).pixels
    assert got[:, 3, 0].tolist() == [7] * 5 + [200] * 10 + [7] * 5


def test_a_turned_picture_is_upright_before_it_is_cut():
    exif = Image.Exif()
    exif[0x0112] = 6  # shown a quarter turn to the right
    left_to_right = Image.fromarray(
        np.arange(0, 240, 2, np.uint8)[None, :, None].repeat(60, 0).repeat(3, 2)
    )
    data = encoded(left_to_right, "jpeg", exif=exif, quality=95)
    got = decode_for(data, read_header(data, MANY), ModelInput(30)).pixels
    assert got.shape == (30, 30, 3)
    assert (np.diff(got[:, 15, 0].astype(int)) > 0).all()  # now from top to bottom
    assert np.ptp(got[15, :, 0].astype(int)) < 4


@pytest.mark.corpus
def test_real_jpegs_have_the_pixels_of_pillow():
    files = sorted((CORPUS / "docs").rglob("*.jpg"))[:40]
    assert len(files) == 40
    for file in files:
        data = file.read_bytes()
        whole = Image.open(io.BytesIO(data)).convert("RGB")
        np.testing.assert_array_equal(opened(data).pixels, np.asarray(whole))
