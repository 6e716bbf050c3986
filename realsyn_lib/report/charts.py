"""Charts as SVG that takes its colours from the page, for light and dark."""

from markupsafe import Markup

from realsyn_lib.report.content import ClusterSizes, Histogram

_HEIGHT = 100.0


def histogram_svg(histogram: Histogram) -> Markup:
    """Return the bars of a histogram; a rare bin still shows as one thin line.

    The drawing is stretched to its place; the axis is written beside it, in HTML.
    """
    bars = _bars(histogram.counts, len(histogram.counts), "bar")
    width = histogram.high - histogram.low
    marks = [
        f'<line class="mark" x1="{at:.3f}" x2="{at:.3f}" y1="0" y2="100"/>'
        for at in (
            len(histogram.counts) * (mark - histogram.low) / width for mark in histogram.marks
        )
        if 0 <= at <= len(histogram.counts)
    ]
    return _svg(
        len(histogram.counts),
        [*bars, *marks],
        f"{histogram.title}: {_total(histogram.counts)} rows",
    )


def clusters_svg(before: ClusterSizes, after: ClusterSizes) -> Markup:
    """Return the largest clusters before balance, and the same places in a tier before them."""
    places = max(len(before.largest), 1)
    top = max(before.largest, default=1)
    bars = _bars(before.largest, places, "bar pale", top) + _bars(after.largest, places, "bar", top)
    return _svg(places, bars, f"cluster sizes before balance and in tier {after.tier}")


def _bars(counts: tuple[int, ...], places: int, style: str, top: int | None = None) -> list[str]:
    highest = max(top or max(counts, default=0), 1)
    bars = []
    for place, count in enumerate(counts[:places]):
        if count:
            height = max(1.0, _HEIGHT * count / highest)
            bars.append(
                f'<rect class="{style}" x="{place + 0.06:.2f}" y="{_HEIGHT - height:.2f}" '
                f'width="0.88" height="{height:.2f}"><title>{count:,}</title></rect>'
            )
    return bars


def _svg(places: int, parts: list[str], label: str) -> Markup:
    head = Markup(
        '<svg viewBox="0 0 {} 100" preserveAspectRatio="none" role="img" aria-label="{}">'
    ).format(places, label)
    return head + Markup("".join(parts)) + Markup("</svg>")


def _total(counts: tuple[int, ...]) -> str:
    return f"{sum(counts):,}"
