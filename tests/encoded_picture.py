"""A picture as the bytes of a file."""

import io

from PIL import Image


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    """Return the bytes that Pillow would save in a file of this form."""
    target = io.BytesIO()
    image.save(target, form, **options)
    return target.getvalue()
