"""A picture as the bytes of a file."""

import io

import numpy as np
from PIL import Image

from realsyn_lib.release.picture import Picture, PictureRules, training_picture


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    """Return the bytes that Pillow would save in a file of this form."""
    target = io.BytesIO()
    image.save(target, form, **options)
    return target.getvalue()


def grey_picture(shade: int) -> Picture:
    """Return a picture of one shade, 30 x 20, as an export holds it."""
    file = encoded(Image.fromarray(np.full((20, 30, 3), shade, np.uint8)), "PNG")
    return training_picture(file, PictureRules(image_size=32))
