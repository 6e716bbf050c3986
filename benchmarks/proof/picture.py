"""Scene -> picture."""

import math

import numpy as np
from PIL import Image, ImageChops, ImageDraw

from benchmarks.proof.scenes import Scene

SIDE = 160  # px; the pipeline drops pictures below 100
_RGB = {
    "red": (214, 40, 40), "blue": (38, 84, 214), "green": (44, 150, 62), "yellow": (240, 214, 40),
    "purple": (126, 52, 168), "white": (246, 246, 246),
}  # fmt: skip
_GROUND = {
    "grey": (128, 132, 138), "black": (28, 28, 34), "brown": (96, 70, 52), "sand": (196, 180, 142),
}  # fmt: skip
_RADIUS = {"small": 0.16, "large": 0.24}  # of the side
_FINE = 3  # drawn so many times larger, then scaled down: smooth edges


def draw(scene: Scene) -> Image.Image:
    """Return the picture, ``SIDE`` px square; the same scene gives the same picture."""
    chance = np.random.default_rng(scene.seed)
    side = SIDE * _FINE
    canvas = _ground(scene.ground, side, chance)
    for thing, (x, y) in zip(scene.things, _places(scene, chance), strict=True):
        radius = _RADIUS[thing.size] * side * chance.uniform(0.9, 1.1)
        mask = _silhouette(thing.shape, side, x * side, y * side, radius, chance)
        level = chance.uniform(0.88, 1.08)
        canvas.paste(_shade(thing.colour, level), mask=mask)
        marks = _marks(thing.texture, side, x * side, y * side, radius)
        canvas.paste(_shade(thing.colour, level * 0.7), mask=ImageChops.multiply(mask, marks))
    return canvas.resize((SIDE, SIDE), Image.Resampling.BOX)


def _ground(name: str, side: int, chance: np.random.Generator) -> Image.Image:
    """Cloudy paper, so that two pictures of one ground differ."""
    clouds = chance.normal(0, 26, (6, 6, 1)) + np.array(_GROUND[name])
    small = Image.fromarray(np.clip(clouds, 0, 255).astype(np.uint8))
    return small.resize((side, side), Image.Resampling.BICUBIC)


def _places(scene: Scene, chance: np.random.Generator) -> list[tuple[float, float]]:
    """Centres, shares of the side: two stand by the relation."""
    if len(scene.things) == 1:
        x, y = chance.uniform(0.3, 0.7, 2)
        return [(float(x), float(y))]
    across, along = chance.uniform(0.35, 0.65), chance.uniform(-0.06, 0.06, 2)
    first, second = 0.26 + along[0], 0.74 + along[1]
    if scene.relation in ("right", "below"):
        first, second = second, first
    is_level = scene.relation in ("left", "right")
    slant = chance.uniform(-0.08, 0.08)
    places = [(first, across), (second, across + slant)]
    if not is_level:
        places = [(across, first), (across + slant, second)]
    return [(float(x), float(y)) for x, y in places]


def _shade(colour: str, level: float) -> tuple[int, int, int]:
    red, green, blue = (min(255, int(part * level)) for part in _RGB[colour])
    return red, green, blue


def _silhouette(
    shape: str, side: int, x: float, y: float, radius: float, chance: np.random.Generator
) -> Image.Image:
    mask = Image.new("L", (side, side), 0)
    _shape(ImageDraw.Draw(mask), shape, x, y, radius, chance.uniform(-0.25, 0.25))
    return mask


def _marks(texture: str, side: int, x: float, y: float, radius: float) -> Image.Image:
    """Where the texture is dark, over the whole square of the thing."""
    marks = Image.new("L", (side, side), 0)
    pen = ImageDraw.Draw(marks)
    reach, step = radius * 1.2, radius * 0.5
    across = np.arange(x - reach, x + reach, step).tolist()
    if texture == "striped":
        for line in across:
            pen.rectangle((line, y - reach, line + step * 0.4, y + reach), fill=255)
    if texture == "dotted":
        for left in across:
            for top in np.arange(y - reach, y + reach, step).tolist():
                pen.ellipse((left, top, left + step * 0.5, top + step * 0.5), fill=255)
    return marks


def _shape(
    pen: ImageDraw.ImageDraw, shape: str, x: float, y: float, radius: float, turn: float
) -> None:
    if shape in ("circle", "ring"):
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
        if shape == "ring":
            hole = radius * 0.58
            pen.ellipse((x - hole, y - hole, x + hole, y + hole), fill=0)
        return
    outline = [_turned(point, turn, x, y, radius) for point in _OUTLINES[shape]]
    pen.polygon(outline, fill=255)


def _turned(
    point: tuple[float, float], turn: float, x: float, y: float, radius: float
) -> tuple[float, float]:
    across, down = point
    cos, sin = math.cos(turn), math.sin(turn)
    return x + radius * (across * cos - down * sin), y + radius * (across * sin + down * cos)


def _star() -> list[tuple[float, float]]:
    rays = [(1.1 if n % 2 == 0 else 0.45, math.pi * n / 5 - math.pi / 2) for n in range(10)]
    return [(length * math.cos(angle), length * math.sin(angle)) for length, angle in rays]


_ARM = 0.34
_OUTLINES: dict[str, list[tuple[float, float]]] = {
    "square": [(-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)],
    "triangle": [(0, -1.0), (0.95, 0.8), (-0.95, 0.8)],
    "cross": [
        (-_ARM, -1), (_ARM, -1), (_ARM, -_ARM), (1, -_ARM), (1, _ARM), (_ARM, _ARM), (_ARM, 1),
        (-_ARM, 1), (-_ARM, _ARM), (-1, _ARM), (-1, -_ARM), (-_ARM, -_ARM),
    ],
    "star": _star(),
}  # fmt: skip
