"""What the assessment says in figures, of one set of pairs or of two side by side: plain values."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One histogram as shares of its rows: those of a bin each; ``mean`` is null where not told."""

    name: str
    rows: int
    shares: tuple[float, ...]
    mean: float | None = None


@dataclass(frozen=True)
class Distribution:
    """Histograms over one axis, from ``low`` to ``high``; values outside lie in the end bins."""

    title: str
    unit: str
    low: float
    high: float
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class TopicShare:
    """A topic's most probable words, and its share in each set of pairs."""

    topic_id: int
    words: tuple[str, ...]
    shares: tuple[float, ...]


@dataclass(frozen=True)
class Point:
    """A text in the map of topics; x and y in [-1, 1]."""

    topic_id: int
    x: float
    y: float


@dataclass(frozen=True)
class TopicMap:
    """The texts of one set of pairs; maps of two sets share their plane."""

    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Overlap:
    """Distinct entities of two kinds of text, and how many both have."""

    first: str
    second: str
    only_first: int
    shared: int
    only_second: int


@dataclass(frozen=True)
class Curve:
    """How many clusters have at least so many rows: (size, clusters), by rising size."""

    name: str
    points: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Ranking:
    """The most frequent hosts or licences of one set of pairs, (label, rows), most frequent first."""

    name: str
    rows: tuple[tuple[str, int], ...]
    more: int = 0


@dataclass(frozen=True)
class Figure:
    """One number of each kind of text; None where it was not worked out."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class Assessment:
    """All figures. ``sources``: names of the sets of pairs. ``kinds``: heads of ``figures``."""

    sources: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    distributions: tuple[Distribution, ...] = ()
    topics: tuple[TopicShare, ...] = ()
    maps: tuple[TopicMap, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    curves: tuple[Curve, ...] = ()
    hosts: tuple[Ranking, ...] = ()
    licences: tuple[Ranking, ...] = ()
