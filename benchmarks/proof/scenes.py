"""Scenes whose truth is known: things with shape, colour, size and texture, and how they stand."""

from dataclasses import dataclass

import numpy as np

SHAPES = ("circle", "square", "triangle", "star", "cross", "ring")
COLOURS = ("red", "blue", "green", "yellow", "purple", "white")
SIZES = ("small", "large")
TEXTURES = ("plain", "striped", "dotted")
RELATIONS = ("left", "right", "above", "below")
GROUNDS = ("grey", "black", "brown", "sand")

# Two diagonals of the table of colours and shapes: 12 of 36, each colour and each shape twice.
HELD_BACK = tuple(
    (COLOURS[(number + shift) % len(COLOURS)], shape)
    for shift in (0, 3)
    for number, shape in enumerate(SHAPES)
)
SEEN = tuple(
    (colour, shape)
    for colour in COLOURS
    for shape in SHAPES
    if (colour, shape) not in set(HELD_BACK)
)
_THING_SHARES = (0.4, 0.6)  # of scenes with one and with two things
_SKEW = 1.0  # the n-th most frequent kind is drawn in proportion to n ** -_SKEW


@dataclass(frozen=True)
class Thing:
    """One thing of a scene; ``kind`` is its colour and shape."""

    colour: str
    shape: str
    size: str
    texture: str

    @property
    def kind(self) -> tuple[str, str]:
        """Colour and shape."""
        return self.colour, self.shape


@dataclass(frozen=True)
class Scene:
    """Things in the order in which they are told; ``relation`` is the first one's to the second.

    ``seed`` decides where exactly they stand, so that no two pictures are alike.
    """

    things: tuple[Thing, ...]
    relation: str
    ground: str
    seed: int


def frequencies(kinds: tuple[tuple[str, str], ...], chance: np.random.Generator) -> np.ndarray:
    """Return the share of each kind, (kinds,): a long tail, which kinds are rare left to chance."""
    ranks = chance.permutation(len(kinds)) + 1
    shares = ranks**-_SKEW
    return np.asarray(shares / shares.sum())


def draw_scenes(
    count: int,
    kinds: tuple[tuple[str, str], ...],
    chance: np.random.Generator,
    shares: np.ndarray | None = None,
    things: int | None = None,
) -> list[Scene]:
    """Draw scenes of distinct kinds; ``shares`` of kinds (equal where None); how many ``things``."""
    return [_scene(kinds, chance, shares, things) for _ in range(count)]


def _scene(
    kinds: tuple[tuple[str, str], ...],
    chance: np.random.Generator,
    shares: np.ndarray | None,
    things: int | None,
) -> Scene:
    count = things or int(chance.choice(2, p=_THING_SHARES)) + 1
    picked = chance.choice(len(kinds), size=count, replace=False, p=shares)
    return Scene(
        tuple(_thing(*kinds[number], chance) for number in picked.tolist()),
        str(chance.choice(RELATIONS)),
        str(chance.choice(GROUNDS)),
        int(chance.integers(2**31)),
    )


def _thing(colour: str, shape: str, chance: np.random.Generator) -> Thing:
    texture = chance.choice(TEXTURES, p=(0.5, 0.25, 0.25))
    return Thing(colour, shape, str(chance.choice(SIZES)), str(texture))
