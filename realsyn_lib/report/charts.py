"""Charts as SVG that takes its colours from the page, for light and dark."""

from collections.abc import Iterator

from markupsafe import Markup

from realsyn_lib.report.content import ClusterSizes, Histogram
from realsyn_lib.report.numbers import short_number
from realsyn_lib.report.shown_text import visible

_HEIGHT = 100.0


def histogram_svg(histogram: Histogram) -> Markup:
    """Return the bars of a histogram; a rare bin still shows as one thin line.

    What a rule drops is shaded. The drawing is stretched to its place; axis and limits are written
    beside it, in HTML.
    """
    places = len(histogram.counts)
    titles = [f"{where}: {count:,}" for where, count in _bins(histogram)]
    bars = _bars(histogram.counts, places, "bar", titles)
    return _svg(
        places, [*_dropped(histogram), *bars, *_lines(histogram)], histogram_words(histogram)
    )


def histogram_words(histogram: Histogram) -> str:
    """Return the chart in a sentence, for those who do not see it."""
    low, high = short_number(histogram.low), short_number(histogram.high)
    said = [f"{histogram.title}: {histogram.rows:,} rows from {low} to {high} {histogram.unit}"]
    if histogram.rows:
        where, count = max(_bins(histogram), key=lambda found: found[1])
        said.append(f"most in {where}: {count:,}")
    names = ("at least", "at most")
    said += [
        f"kept {name} {short_number(limit)}"
        for name, limit in zip(names, histogram.limits, strict=True)
        if limit is not None
    ]
    return "; ".join(said)


def limit_places(histogram: Histogram) -> list[tuple[float, str]]:
    """Return (place from the left in percent, value) of each limit that lies on the axis."""
    width = histogram.high - histogram.low
    places = [
        (100 * (limit - histogram.low) / width, short_number(limit))
        for limit in histogram.limits
        if limit is not None
    ]
    return [(place, value) for place, value in places if 0 <= place <= 100]


def clusters_svg(before: ClusterSizes, after: ClusterSizes) -> Markup:
    """Return the largest clusters before balance, and the same places in a tier before them."""
    places = max(len(before.largest), 1)
    top = max(before.largest, default=1)
    bars = [
        bar
        for sizes, style in ((before, "bar pale"), (after, "bar"))
        for bar in _bars(sizes.largest, places, style, [f"{n:,}" for n in sizes.largest], top)
    ]
    return _svg(places, bars, f"cluster sizes before balance and in tier {after.tier}")


def _bins(histogram: Histogram) -> Iterator[tuple[str, int]]:
    width = (histogram.high - histogram.low) / len(histogram.counts)
    for place, count in enumerate(histogram.counts):
        low, high = histogram.low + place * width, histogram.low + (place + 1) * width
        yield f"{short_number(low)} to {short_number(high)}", count


def _bars(
    counts: tuple[int, ...], places: int, style: str, titles: list[str], top: int | None = None
) -> list[str]:
    highest = max(top or max(counts, default=0), 1)
    bars = []
    for place, count in enumerate(counts[:places]):
        if count:
            height = max(1.0, _HEIGHT * count / highest)
            bars.append(
                f'<rect class="{style}" x="{place + 0.06:.2f}" y="{_HEIGHT - height:.2f}" '
                f'width="0.88" height="{height:.2f}"><title>{titles[place]}</title></rect>'
            )
    return bars


def _dropped(histogram: Histogram) -> list[str]:
    """Shades from either end of the axis to its limit, in bins."""
    places = len(histogram.counts)
    width = (histogram.high - histogram.low) / places
    low, high = (
        None if limit is None else min(max((limit - histogram.low) / width, 0), places)
        for limit in histogram.limits
    )
    spans = [(0.0, low)] if low is not None else []
    spans += [(high, float(places))] if high is not None else []
    return [
        f'<rect class="out" x="{start:.3f}" y="0" width="{end - start:.3f}" height="100"/>'
        for start, end in spans
        if end > start
    ]


def _lines(histogram: Histogram) -> list[str]:
    scale = len(histogram.counts) / 100
    return [
        f'<line class="mark" x1="{place * scale:.3f}" x2="{place * scale:.3f}" y1="0" y2="100"/>'
        for place, _value in limit_places(histogram)
    ]


def _svg(places: int, parts: list[str], label: str) -> Markup:
    head = Markup(
        '<svg viewBox="0 0 {} 100" preserveAspectRatio="none" role="img" aria-label="{}">'
    ).format(places, visible(label))
    return head + Markup("".join(parts)) + Markup("</svg>")
