"""The sizes at which a curve of cluster sizes is read: evenly apart on a logarithmic axis."""

_STEPS_PER_DOUBLING = 8
_MOST = 2**31


def size_steps(most: int = _MOST) -> list[int]:
    """Return rising sizes from 1: all up to 8, then eight to a doubling, the last at most ``most``."""
    sizes = {round(2 ** (step / _STEPS_PER_DOUBLING)) for step in range(31 * _STEPS_PER_DOUBLING)}
    return sorted(size for size in sizes | set(range(1, 9)) if size <= most)
