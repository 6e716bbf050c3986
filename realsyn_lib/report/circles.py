"""Two circles whose areas are as two counts, and whose overlap is as the count of both."""

import math
from dataclasses import dataclass

_STEPS = 60  # of bisection: far below a pixel


@dataclass(frozen=True)
class Circles:
    """Radii of the two, the larger 1, and the distance of their middles."""

    first: float
    second: float
    distance: float


def circles_of(only_first: int, shared: int, only_second: int) -> Circles:
    """Return circles with areas as ``only + shared`` of each, overlapping as ``shared``.

    An empty set has radius 0; two empty ones as well. Counts are at least 0.
    """
    sizes = (only_first + shared, only_second + shared)
    largest = max(*sizes, 1)
    first, second = (math.sqrt(size / largest) for size in sizes)
    wanted = math.pi * shared / largest
    near, far = abs(first - second), first + second
    for _ in range(_STEPS):
        middle = (near + far) / 2
        near, far = (middle, far) if _overlap(first, second, middle) > wanted else (near, middle)
    return Circles(first, second, far)


def _overlap(first: float, second: float, distance: float) -> float:
    """Return the area that two circles share, whose distance lies between touching in and outside."""
    if distance >= first + second or not (first and second):
        return 0.0
    if distance <= abs(first - second):
        return math.pi * min(first, second) ** 2
    along = (distance**2 + first**2 - second**2) / (2 * distance)
    lenses = (_segment(first, along), _segment(second, distance - along))
    return sum(lenses)


def _segment(radius: float, along: float) -> float:
    """Return the area of a circle beyond a chord at ``along`` from its middle."""
    cosine = max(-1.0, min(1.0, along / radius))
    return radius**2 * (math.acos(cosine) - cosine * math.sqrt(1 - cosine**2))
