"""The square of pixels that a model takes, and how a picture of any size becomes one."""

from dataclasses import dataclass
from typing import Literal

from PIL import Image

Size = tuple[int, int]  # width, height
_FILTERS = {"bicubic": Image.Resampling.BICUBIC, "bilinear": Image.Resampling.BILINEAR}


@dataclass(frozen=True)
class ModelInput:
    """How a model wants its pictures; sizes and cuts are those of torchvision and open_clip.

    Attributes:
        side: of the square, px.
        resize: ``shortest`` scales the shorter side to ``side / crop_share`` and cuts the middle out;
            ``longest`` scales the longer side to ``side`` and lays the picture on ``fill``; ``squash``
            scales each side to ``side``.
        crop_share: share of the shorter side that is kept, 0..1; EfficientNet-lite: 0.875.
        fill: level of what is no picture.
        decode_margin: a JPEG's decoder may scale it down itself to so many times the wanted size. Against
            a whole decode and open_clip's transform, on twelve mosaics of 1.6 megapixels: at 2 up to 21
            levels differ (0.5 in the mean), at 4 up to 10 (0.1). Smaller pictures come out equal.
    """

    side: int
    resize: Literal["shortest", "longest", "squash"] = "shortest"
    crop_share: float = 1.0
    interpolation: Literal["bicubic", "bilinear"] = "bicubic"
    fill: int = 0
    decode_margin: int = 4

    def scaled_size(self, width: int, height: int) -> Size:
        """Return the size that an upright picture is scaled to before it is cut."""
        if self.resize == "squash":
            return self.side, self.side
        if self.resize == "longest":
            ratio = max(width, height) / self.side
            return max(1, round(width / ratio)), max(1, round(height / ratio))
        short, wanted = min(width, height), int(self.side / self.crop_share)
        return int(wanted * width / short), int(wanted * height / short)

    def decoded_side(self, width: int, height: int) -> int:
        """Return how short a side of the decoded picture may be, px."""
        return self.decode_margin * min(self.scaled_size(width, height))

    def scaled(self, image: Image.Image, size: Size, extent: tuple[float, float]) -> Image.Image:
        """Scale ``image``, of which ``extent`` (columns, rows) is picture, to ``size``."""
        if image.size == size == extent:
            return image
        return image.resize(size, _FILTERS[self.interpolation], (0, 0, *extent))

    def cut(self, image: Image.Image) -> Image.Image:
        """Cut or fill up a scaled picture to the square."""
        width, height = image.size
        if min(width, height) < self.side:
            image = self._laid_out(image)
        left, top = (round((length - self.side) / 2) for length in image.size)
        return image.crop((left, top, left + self.side, top + self.side))

    def _laid_out(self, image: Image.Image) -> Image.Image:
        width, height = (max(length, self.side) for length in image.size)
        whole = Image.new("RGB", (width, height), (self.fill,) * 3)
        whole.paste(image, ((width - image.width) // 2, (height - image.height) // 2))
        return whole
