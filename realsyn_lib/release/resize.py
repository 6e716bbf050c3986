"""Pictures brought to a size, by the modes that img2dataset names."""

from PIL import Image

from realsyn_lib.release.options import ResizeMode

_BY_SHORTER_SIDE = ("keep_ratio", "center_crop")
_WHITE = (255, 255, 255)


def resized(
    image: Image.Image, mode: ResizeMode, image_size: int, only_if_bigger: bool
) -> Image.Image:
    """Return an RGB picture of the wanted size, or itself where its size is to stay.

    Args:
        image: the picture, upright.
        mode: ``keep_ratio``: the shorter side becomes ``image_size``; ``center_crop``: the same, and
            the middle square is cut out; ``keep_ratio_largest``: the longer side becomes
            ``image_size``; ``border``: the same, in the middle of a white square; ``no``: it stays.
        image_size: px.
        only_if_bigger: a picture whose side that counts is at most ``image_size`` stays as it is, not
            cut and without a border, as img2dataset has it.

    Other sides are rounded, halves up. The filter is Lanczos.
    """
    if not is_resized(image.size, mode, image_size, only_if_bigger):
        return image
    side = min(image.size) if mode in _BY_SHORTER_SIDE else max(image.size)
    size = _scaled(image.size, image_size, side)
    scaled = image if size == image.size else image.resize(size, Image.Resampling.LANCZOS)
    if mode == "center_crop":
        left, top = ((length - image_size) // 2 for length in size)
        return scaled.crop((left, top, left + image_size, top + image_size))
    if mode == "border":
        square = Image.new("RGB", (image_size, image_size), _WHITE)
        square.paste(scaled, ((image_size - size[0]) // 2, (image_size - size[1]) // 2))
        return square
    return scaled


def is_resized(
    size: tuple[int, int], mode: ResizeMode, image_size: int, only_if_bigger: bool
) -> bool:
    """Say whether a picture of that size (width, height) gets another one; see ``resized``."""
    if mode == "no":
        return False
    side = min(size) if mode in _BY_SHORTER_SIDE else max(size)
    return side > image_size if only_if_bigger else True


def _scaled(size: tuple[int, int], wanted: int, side: int) -> tuple[int, int]:
    """Scale both sides by wanted / side; halves go up."""
    width, height = (max(1, (2 * length * wanted + side) // (2 * side)) for length in size)
    return width, height
