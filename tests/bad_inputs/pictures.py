"""Picture files: cut, lying, too large, of formats with a language of their own, or merely odd and sound."""

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import cache

import numpy as np
from PIL import Image

from tests.bad_inputs import KEPT
from tests.encoded_picture import encoded

SIDE = 120
_BOMB = 60_000_000  # bytes that a few kilobytes of metadata inflate to
_ORIENTATION = 0x112
_EMBEDDED = "<svg xmlns='http://www.w3.org/2000/svg'><image href='http://127.0.0.1:9/x.png'/></svg>"
_ENTITY = (
    "<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/hostname'>]><svg>&x;</svg>"
)


@cache
def picture(seed: int, width: int = SIDE, height: int = SIDE + 10) -> Image.Image:
    """Return a picture of soft noise: no two seeds look alike."""
    rough = np.random.default_rng(seed).integers(0, 256, (9, 9, 3), dtype=np.uint8)
    return Image.fromarray(rough).resize((width, height), Image.Resampling.BICUBIC)


def jpeg(seed: int, **options: object) -> bytes:
    """Return a JPEG file."""
    return encoded(picture(seed), "jpeg", **options)


def png(seed: int) -> bytes:
    """Return a PNG file."""
    return encoded(picture(seed), "png")


def chunk(kind: bytes, body: bytes) -> bytes:
    """Return a chunk of a PNG file."""
    checksum = zlib.crc32(kind + body)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)


def with_chunk(data: bytes, kind: bytes, body: bytes) -> bytes:
    """Return a PNG file with one chunk more behind its header."""
    header = 8 + 25  # signature and IHDR
    return data[:header] + chunk(kind, body) + data[header:]


def bare_png(width: int, height: int, depth: int = 1) -> bytes:
    """Return a PNG file whose header states a size, with next to no pixels behind it."""
    header = struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0)
    body = zlib.compress(bytes(64))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


def many_scans(times: int) -> bytes:
    """Return a progressive JPEG whose last scan comes again and again."""
    data = jpeg(31, progressive=True)
    last, end = data.rindex(b"\xff\xda"), data.rindex(b"\xff\xd9")
    return data[:last] + data[last:end] * times + data[end:]


def animation(frames: int) -> bytes:
    """Return a GIF of several pictures."""
    first, *more = (picture(seed).quantize() for seed in range(40, 40 + frames))
    return encoded(first, "gif", save_all=True, append_images=more, duration=50)


def turned(value: int) -> bytes:
    """Return a JPEG that asks to be turned."""
    exif = Image.Exif()
    exif[_ORIENTATION] = value
    return jpeg(60 + value, exif=exif)


def with_zip(data: bytes) -> bytes:
    """Return a picture that is an archive, too."""
    target = io.BytesIO(data)
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("x/run.sh", "echo no")
    return target.getvalue()


def see_through(mode: str) -> bytes:
    """Return a PNG of a mode with transparency, part of it seen through."""
    image = picture({"RGBA": 70, "LA": 71}[mode]).convert(mode)
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    return encoded(image, "png")


def palette_with_a_hole() -> bytes:
    """Return a PNG of a palette with a transparent entry."""
    return encoded(picture(72).quantize(16), "png", transparency=3)


def grey_ramp() -> bytes:
    """Return a PNG of 16 bits a pixel."""
    levels = np.linspace(0, 65535, SIDE * SIDE).astype(np.uint16).reshape(SIDE, SIDE)
    return encoded(Image.fromarray(levels), "png")


def flat(level: int) -> bytes:
    """Return a picture of one colour."""
    return encoded(Image.new("RGB", (SIDE, SIDE), (level, level, level)), "png")


def sized(width: int, height: int) -> bytes:
    """Return a sound picture of a size."""
    return encoded(picture(80, width, height), "png")


def turned_wrongly() -> bytes:
    """Return a JPEG whose EXIF block is no EXIF block."""
    data = jpeg(81)
    block = b"Exif\0\0" + b"\xff" * 40
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + data[2:]


def icon_bomb() -> bytes:
    """Return an icon that claims a large PNG."""
    body = bare_png(60_000, 60_000)
    return b"\0\0\x01\0\x01\0" + struct.pack("<BBBBHHII", 0, 0, 0, 0, 1, 32, len(body), 22) + body


def bitmap_bomb() -> bytes:
    """Return a bitmap that claims 60,000 pixels a side."""
    head = struct.pack("<IHHI", 54, 0, 0, 54)
    return b"BM" + head + struct.pack("<IiiHHII", 40, 60_000, 60_000, 1, 24, 0, 0) + bytes(16)


# Name of the file, what makes it, its outcome. Names lie: what a file is stands in its bytes.
PICTURES: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty.jpg": (lambda: b"", "not_an_image"),
    "one-byte.jpg": (lambda: b"\xff", "not_an_image"),
    "twenty-bytes.jpg": (lambda: jpeg(1)[:20], "decode_error"),
    "signature-only.png": (lambda: png(1)[:8], "decode_error"),
    "page.jpg": (lambda: b"<!DOCTYPE html><h1>404</h1>", "not_an_image"),
    "paper.jpg": (lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "not_an_image"),
    "archive.png": (lambda: b"PK\x03\x04" + bytes(60), "not_an_image"),
    "program.gif": (lambda: b"\x7fELF" + bytes(200), "not_an_image"),
    "film.jpg": (lambda: b"\0\0\0\x18ftypmp42" + bytes(60), "not_an_image"),
    "zeros.jpg": (lambda: bytes(5000), "not_an_image"),
    "cut-95.jpg": (lambda: jpeg(2)[: len(jpeg(2)) * 95 // 100], "truncated"),
    "cut-50.jpg": (lambda: jpeg(3)[: len(jpeg(3)) // 2], "truncated"),
    "cut-50.png": (lambda: png(4)[: len(png(4)) // 2], "truncated"),
    "cut-80.webp": (lambda: encoded(picture(5), "webp")[:-400], "truncated"),
    "cut-60.gif": (lambda: animation(1)[:-4000], "truncated"),
    "bomb.png": (lambda: encoded(Image.new("1", (20_000, 20_000)), "png"), "too_many_pixels"),
    "bomb-lying.png": (lambda: bare_png(2**31 - 1, 2**31 - 1), "too_many_pixels"),
    "bomb.bmp": (bitmap_bomb, "too_many_pixels"),
    "no-pixels.png": (lambda: bare_png(0, 200), "decode_error"),
    "few-pixels.png": (lambda: bare_png(400, 400, 8), "truncated"),
    "noise-inside.png": (lambda: png(6)[:60] + bytes(200) + png(6)[260:], "decode_error"),
    "text-bomb.png": (
        lambda: with_chunk(png(7), b"zTXt", b"a\0\0" + zlib.compress(bytes(_BOMB))),
        "decode_error",
    ),
    "profile-bomb.png": (
        lambda: with_chunk(png(8), b"iCCP", b"a\0\0" + zlib.compress(bytes(_BOMB))),
        "decode_error",
    ),
    "endless-chunk.png": (
        lambda: png(9)[:33] + struct.pack(">I", 2**31 - 1) + b"zTXt" + png(9)[33:],
        "truncated",
    ),
    "inks.jpg": (lambda: encoded(picture(10).convert("CMYK"), "jpeg"), KEPT),
    "grey-16-bit.png": (grey_ramp, KEPT),
    "see-through.png": (lambda: see_through("RGBA"), KEPT),
    "see-through-grey.png": (lambda: see_through("LA"), KEPT),
    "palette-with-a-hole.png": (palette_with_a_hole, KEPT),
    "twenty-frames.gif": (lambda: animation(20), KEPT),
    **{f"turned-{value}.jpg": (lambda value=value: turned(value), KEPT) for value in range(1, 9)},
    "turned-9.jpg": (lambda: turned(9), KEPT),
    "turned-wrongly.jpg": (turned_wrongly, KEPT),
    "png-named.jpg": (lambda: png(11), KEPT),
    "with-script.gif": (lambda: animation(1) + b"<script>alert(1)</script>", KEPT),
    "with-archive.jpg": (lambda: with_zip(jpeg(12)), KEPT),
    "entity.svg": (lambda: _ENTITY.encode(), "format_refused"),
    "embedding.png": (lambda: _EMBEDDED.encode(), "format_refused"),
    "packed.svg": (lambda: gzip.compress(_EMBEDDED.encode()), "format_refused"),
    "drawing.jpg": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n(x) run\n", "format_refused"),
    "layers.jpg": (lambda: b"8BPS\0\x01" + bytes(20), "format_refused"),
    "stars.jpg": (lambda: b"SIMPLE  =                    T" + bytes(2850), "format_refused"),
    "stars-packed.jpg": (lambda: gzip.compress(b"SIMPLE  =                    T"), "format_refused"),
    "icon-bomb.png": (icon_bomb, "format_refused"),
    "pages.jpg": (lambda: encoded(picture(13), "tiff"), "format_refused"),
    "wavelets.jpg": (lambda: encoded(picture(14), "jpeg2000"), "format_refused"),
    "good.avif": (lambda: encoded(picture(15), "avif"), KEPT),
    "one-pixel.png": (lambda: sized(1, 1), "too_small"),
    "a-line.png": (lambda: encoded(Image.new("L", (20_000, 1)), "png"), "too_small"),
    "side-99.png": (lambda: sized(99, 120), "too_small"),
    "side-100.png": (lambda: sized(100, 101), KEPT),
    "ratio-3.png": (lambda: sized(300, 100), KEPT),
    "ratio-3-01.png": (lambda: sized(301, 100), "aspect_ratio"),
    "black.png": (lambda: flat(0), KEPT),
    "grey.png": (lambda: flat(128), KEPT),
    "a-thousand-scans.jpg": (lambda: many_scans(1000), "decode_error"),
}  # fmt: skip
