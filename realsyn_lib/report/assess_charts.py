"""The assessment's charts as SVG that takes its colours from the page, for light and dark."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

from realsyn_lib.report.assessment import Curve, Distribution, Overlap, Point, TopicMap, TopicShare
from realsyn_lib.report.circles import circles_of

HUES = 8
"""Colours of lines and topics, classes h0 to h7 of the page; further ones begin again."""

_NAMED = 8  # topics whose word is written into the map
_WIDTH, _HEIGHT, _LEFT, _RIGHT, _BOTTOM = 440, 260, 60, 26, 34


def distribution_svg(distribution: Distribution) -> Markup:
    """Return the lines of some histograms as steps; stretched to its place, axes beside it in HTML."""
    top = max((share for line in distribution.lines for share in line.shares), default=0.0) or 1.0
    bins = max((len(line.shares) for line in distribution.lines), default=1)
    paths = [
        Markup('<path class="line h{}" d="{}"><title>{}</title></path>').format(
            place % HUES, _steps(line.shares, top), line.name
        )
        for place, line in enumerate(distribution.lines)
    ]
    box = f'viewBox="0 0 {bins} 100" preserveAspectRatio="none"'
    return _svg(
        box, paths, f"{distribution.title}: {_names(line.name for line in distribution.lines)}"
    )


def _steps(shares: Sequence[float], top: float) -> str:
    heights = [100 - 98 * share / top for share in shares]
    return (
        "M0 100" + "".join(f"V{height:.1f}H{at + 1}" for at, height in enumerate(heights)) + "V100"
    )


def overlap_svg(overlap: Overlap) -> Markup:
    """Return two circles, their areas and that of their overlap as the counts."""
    circles = circles_of(overlap.only_first, overlap.shared, overlap.only_second)
    left, right = circles.first, circles.distance + circles.second
    width = max(left + right, 2.0)
    start = (width - left - right) / 2 + left
    parts = [
        Markup('<circle class="set h{}" cx="{:.3f}" cy="1.05" r="{:.3f}"/>').format(hue, x, radius)
        for hue, x, radius in (
            (0, start, circles.first), (1, start + circles.distance, circles.second),
        )
    ]  # fmt: skip
    told = f"{overlap.first} and {overlap.second} share {overlap.shared:,} entities"
    return _svg(f'viewBox="-0.05 0 {width + 0.1:.3f} 2.1"', parts, told)


def topic_map_svg(drawn: TopicMap, topics: Sequence[TopicShare]) -> Markup:
    """Return the texts as dots, a colour a topic, and words at the middle of the largest topics."""
    of_topic: dict[int, list[Point]] = defaultdict(list)
    for point in drawn.points:
        of_topic[point.topic_id].append(point)
    order = [topic for topic in topics if topic.topic_id in of_topic]
    hue_of = {topic.topic_id: place % HUES for place, topic in enumerate(order)}
    dots = [
        Markup('<path class="dots h{}" d="{}"><title>{}</title></path>').format(
            hue_of[topic.topic_id], _dots(of_topic[topic.topic_id]), ", ".join(topic.words)
        )
        for topic in order
    ]
    words = [_word(topic, of_topic[topic.topic_id]) for topic in order[:_NAMED]]
    return _svg('viewBox="-105 -105 210 210"', [*dots, *words], f"texts by topic, {drawn.name}")


def _dots(points: Sequence[Point]) -> str:
    """Return dots as strokes of no length with round ends: short, and one element a topic."""
    return "".join(f"M{100 * point.x:.1f} {-100 * point.y:.1f}h0" for point in points)


def _word(topic: TopicShare, points: Sequence[Point]) -> Markup:
    """Return the topic's first words at the text nearest to the middle of its texts."""
    x, y = (sum(getattr(point, axis) for point in points) / len(points) for axis in ("x", "y"))
    nearest = min(points, key=lambda point: (point.x - x) ** 2 + (point.y - y) ** 2)
    at = max(-70.0, min(70.0, 100 * nearest.x))
    return Markup('<text x="{:.1f}" y="{:.1f}">{}</text>').format(
        at, -100 * nearest.y, " ".join(topic.words[:2])
    )


def curves_svg(curves: Sequence[Curve]) -> Markup:
    """Return how many clusters have at least so many rows, both axes logarithmic."""
    sizes = [size for curve in curves for size, _ in curve.points]
    counts = [rows for curve in curves for _, rows in curve.points]
    across, up = _scale(max(sizes, default=1)), _scale(max(counts, default=1))
    parts = [*_grid(across, up)]
    for place, curve in enumerate(curves):
        spots = [
            f"{_x(size, across):.1f} {_y(rows, up):.1f}" for size, rows in curve.points if rows > 0
        ]
        path = f"M{'L'.join(spots)}" if spots else ""
        parts.append(
            Markup('<path class="line h{}" d="{}"><title>{}</title></path>').format(
                place % HUES, path, curve.name
            )
        )
    told = f"clusters of at least so many rows: {_names(curve.name for curve in curves)}"
    return _svg(f'viewBox="0 0 {_WIDTH} {_HEIGHT}" class="fixed"', parts, told)


def _scale(most: int) -> int:
    """Return the power of ten at the end of an axis, at least 1."""
    return max(1, math.ceil(math.log10(max(most, 1)) - 1e-9))


def _x(size: float, decades: int) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * math.log10(size) / decades


def _y(rows: float, decades: int) -> float:
    return (_HEIGHT - _BOTTOM) - (_HEIGHT - _BOTTOM - 10) * math.log10(rows) / decades


def _grid(across: int, up: int) -> Iterable[Markup]:
    for power in range(across + 1):
        x = _x(10**power, across)
        yield Markup(
            '<line class="grid" x1="{0:.1f}" x2="{0:.1f}" y1="10" y2="{1}"/>'
            '<text x="{0:.1f}" y="{2}" text-anchor="middle">{3}</text>'
        ).format(x, _HEIGHT - _BOTTOM, _HEIGHT - _BOTTOM + 15, f"{10**power:,}")
    for power in range(up + 1):
        y = _y(10**power, up)
        yield Markup(
            '<line class="grid" x1="{1}" x2="{2}" y1="{0:.1f}" y2="{0:.1f}"/>'
            '<text x="{3}" y="{4:.1f}" text-anchor="end">{5}</text>'
        ).format(y, _LEFT, _WIDTH - _RIGHT, _LEFT - 5, y + 4, f"{10**power:,}")
    middle = (_LEFT + _WIDTH) / 2
    yield Markup('<text x="{}" y="{}" text-anchor="middle">rows of a cluster</text>').format(
        middle, _HEIGHT - 4
    )


def curve_table(curves: Sequence[Curve]) -> list[tuple[int, list[int]]]:
    """Return (size, clusters of at least that size by curve) at each power of two that is reached."""
    most = max((size for curve in curves for size, _ in curve.points), default=0)
    sizes = [2**power for power in range(most.bit_length())]
    return [(size, [_at_least(curve, size) for curve in curves]) for size in sizes]


def _at_least(curve: Curve, size: int) -> int:
    """A curve has no point where no cluster is of that size: the next one holds as many."""
    return next((rows for at, rows in curve.points if at >= size), 0)


def _names(names: Iterable[str]) -> str:
    return ", ".join(names)


def _svg(box: str, parts: Iterable[Markup], label: str) -> Markup:
    head = Markup('<svg {} role="img" aria-label="{}">').format(Markup(box), escape(label))
    return head + Markup("").join(parts) + Markup("</svg>")


ASSESSMENT_CHARTS = {
    "hues": HUES,
    "distribution_svg": distribution_svg,
    "overlap_svg": overlap_svg,
    "topic_map_svg": topic_map_svg,
    "curves_svg": curves_svg,
    "curve_table": curve_table,
}
"""What the template of the assessment calls."""
