"""Words of the release's settings; apart from their code, so that settings load without pictures."""

from typing import Literal

CaptionChoice = Literal["text1", "text2", "text3", "syn_text", "any"]
ResizeMode = Literal["no", "border", "keep_ratio", "center_crop", "keep_ratio_largest"]
EncodeFormat = Literal["jpg", "png", "webp"]
MAX_PNG_LEVEL = 9
