"""An assessment in which every figure has something; ``text`` stands wherever text comes from outside."""

from realsyn_lib.report.assessment import (
    Assessment,
    Curve,
    Distribution,
    Figure,
    Line,
    Overlap,
    Point,
    Ranking,
    TopicMap,
    TopicShare,
)


def assessment(text: str = "farm", sources: int = 1) -> Assessment:
    """Return figures of one set of pairs, or of several side by side."""
    kinds = tuple(f"{text} {place}" for place in range(sources))
    lines = tuple(Line(kind, 4, (0.75, 0.25), 12.5) for kind in kinds)
    return Assessment(
        sources=kinds,
        kinds=kinds,
        figures=(Figure("different words", tuple(40.0 + place for place in range(sources))),),
        distributions=(Distribution("Length", "tokens", 0.0, 80.0, lines),),
        topics=(
            TopicShare(0, (text, "cow"), (0.6,) * sources),
            TopicShare(1, ("sea",), (0.4,) * sources),
        ),
        maps=tuple(TopicMap(kind, (Point(0, 0.5, 0.5), Point(1, -0.5, 0.0))) for kind in kinds),
        overlaps=(Overlap(text, "alt_text", 30, 10, 5),),
        curves=(Curve(text, ((1, 9), (16, 2))), Curve("tier_all", ((1, 9),))),
        hosts=tuple(Ranking(kind, ((text, 7), ("b.example", 3)), 2) for kind in kinds),
        licences=(Ranking(text, ((text, 7),)),),
    )
