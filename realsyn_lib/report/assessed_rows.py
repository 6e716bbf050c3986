"""The rows of the assessment's tables -> its figures."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from realsyn_lib.assess.axes import AXES, Axis
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

Measures = Mapping[str, Mapping[str, float]]

CLUSTER_SIZES = "cluster_sizes_"
_LISTED = 15  # hosts drawn
_POINTS = 2000  # texts drawn in one map
_KINDS = ("text", "text1", "text2", "text3", "syn_text", "alt_text")  # their order; others behind
_FIGURES = (
    ("mean CLIP tokens", "tokens_{}_summary", "mean"),
    ("share that CLIP cuts", "cut_share", "{}"),
    ("mean share of nouns, verbs, adjectives", "density_{}_summary", "mean"),
    ("median perplexity", "perplexity_{}_summary", "p50"),
    ("mean cosine", "cosine_{}_summary", "mean"),
    ("different words", "distinct_words", "{}"),
    ("different entities", "distinct_entities", "{}"),
)
_COSINE_NAMES = {"syn_text": "syn"}  # the column of pairs is cosine_syn


@dataclass(frozen=True)
class AssessedSet:
    """One set of pairs: its rows of ``assessments``, ``topics`` and ``topic_points``.

    ``measures``: value by measure and label. ``topics``: (topic_id, words, share).
    ``points``: (topic_id, x, y).
    """

    name: str
    measures: Measures
    topics: Sequence[tuple[int, Sequence[str], float]] = ()
    points: Sequence[tuple[int, float, float]] = ()


@dataclass(frozen=True)
class _Kinds:
    """The kinds of text of all sets: (place of the set, kind), and what they are called."""

    keys: list[tuple[int, str]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)


def measures_of(rows: Iterable[tuple[str, str, float]]) -> dict[str, dict[str, float]]:
    """Return (measure, label, value) rows as value by measure and label."""
    found: dict[str, dict[str, float]] = {}
    for measure, label, value in rows:
        found.setdefault(measure, {})[label] = value
    return found


def assessment_of(sets: Sequence[AssessedSet], shared: Measures | None = None) -> Assessment:
    """Return the figures of one set of pairs, or of two side by side.

    ``shared``: ``shared_entities`` of kinds of different sets, labels ``SET:kind+SET:kind``.
    """
    kinds = _kinds_of(sets)
    distributions = (_distribution(axis, sets, kinds) for axis in AXES)
    return Assessment(
        sources=tuple(one.name for one in sets),
        kinds=tuple(kinds.names),
        figures=tuple(_figures(sets, kinds)),
        distributions=tuple(found for found in distributions if found.lines),
        topics=_topics(sets),
        maps=tuple(_map(one) for one in sets if one.points),
        overlaps=tuple(_overlaps(sets, shared or {})),
        curves=tuple(curve for one in sets for curve in _curves(one.measures)),
        hosts=tuple(_ranking(one, "hosts") for one in sets if "hosts" in one.measures),
        licences=tuple(_ranking(one, "licences") for one in sets if "licences" in one.measures),
    )


def _kinds_of(sets: Sequence[AssessedSet]) -> _Kinds:
    found = _Kinds()
    for place, one in enumerate(sets):
        named = {
            label
            for name in ("distinct_words", "cut_share")
            for label in one.measures.get(name, {})
        }
        for kind in sorted(named, key=_order):
            found.keys.append((place, kind))
            found.names.append(_name(sets, place, kind))
    return found


def _order(kind: str) -> tuple[int, str]:
    return (_KINDS.index(kind) if kind in _KINDS else len(_KINDS), kind)


def _name(sets: Sequence[AssessedSet], place: int, kind: str) -> str:
    return kind if len(sets) == 1 else f"{sets[place].name}: {kind}"


def _figures(sets: Sequence[AssessedSet], kinds: _Kinds) -> Iterable[Figure]:
    for name, measure, label in _FIGURES:
        values = tuple(
            sets[place]
            .measures.get(measure.format(_told(measure, kind)), {})
            .get(label.format(kind))
            for place, kind in kinds.keys
        )
        if any(value is not None for value in values):
            yield Figure(name, values)


def _told(measure: str, kind: str) -> str:
    return _COSINE_NAMES.get(kind, kind) if measure.startswith("cosine_") else kind


def _distribution(axis: Axis, sets: Sequence[AssessedSet], kinds: _Kinds) -> Distribution:
    lines = []
    for (place, kind), name in zip(kinds.keys, kinds.names, strict=True):
        measures, measure = sets[place].measures, axis.prefix + _told(axis.prefix, kind)
        if measure in measures:
            lines.append(_line(axis, name, measures, measure))
    return Distribution(axis.title, axis.unit, axis.low, axis.high, tuple(lines))


def _line(axis: Axis, name: str, measures: Measures, measure: str) -> Line:
    labels = axis.bins(int(measures["bins"]["all"])).labels()
    counts = [measures[measure].get(label, 0.0) for label in labels]
    rows = sum(counts)
    mean = measures.get(f"{measure}_summary", {}).get("mean")
    return Line(name, int(rows), tuple(count / max(rows, 1.0) for count in counts), mean)


def _topics(sets: Sequence[AssessedSet]) -> tuple[TopicShare, ...]:
    """Return the topics that all sets share, those of the greatest share first."""
    shares = [{topic_id: share for topic_id, _, share in one.topics} for one in sets]
    if not sets or not sets[0].topics:
        return ()
    found = [
        TopicShare(topic_id, tuple(words), tuple(of.get(topic_id, 0.0) for of in shares))
        for topic_id, words, _ in sets[0].topics
    ]
    return tuple(sorted(found, key=lambda topic: (-max(topic.shares), topic.topic_id)))


def _map(one: AssessedSet) -> TopicMap:
    return TopicMap(one.name, tuple(Point(*point) for point in one.points[:_POINTS]))


def _overlaps(sets: Sequence[AssessedSet], shared: Measures) -> Iterable[Overlap]:
    """Yield the overlaps of alternative texts, or of another set, with every kind of text."""
    if len(sets) == 1:
        counts = sets[0].measures.get("distinct_entities", {})
        of_both = sets[0].measures.get("shared_entities", {})
        pairs = combinations(sorted(counts, key=_order, reverse=True), 2)
        yield from (_overlap(one, other, counts, of_both) for one, other in pairs)
        return
    first, second = (
        {
            f"{one.name}:{kind}": rows
            for kind, rows in one.measures.get("distinct_entities", {}).items()
        }
        for one in sets
    )
    of_both = shared.get("shared_entities", {})
    counts = {**first, **second}
    for one in sorted(first):
        for other in sorted(second):
            yield _overlap(one, other, counts, of_both)


def _overlap(
    one: str, other: str, counts: Mapping[str, float], of_both: Mapping[str, float]
) -> Overlap:
    both = int(of_both.get("+".join(sorted((one, other))), 0))
    return Overlap(one, other, int(counts[one]) - both, both, int(counts[other]) - both)


def _curves(measures: Measures) -> Iterable[Curve]:
    for measure in sorted(measures):
        if measure.startswith(CLUSTER_SIZES):
            points = sorted((int(size), int(rows)) for size, rows in measures[measure].items())
            yield Curve(measure.removeprefix(CLUSTER_SIZES), tuple(points))


def _ranking(one: AssessedSet, measure: str) -> Ranking:
    """Return the first rows; what is left is counted, others of the table among it."""
    others = "(all others)"
    counts = {label: int(rows) for label, rows in one.measures[measure].items()}
    more = counts.pop(others, 0)
    ordered = sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    more += sum(rows for _, rows in ordered[_LISTED:])
    return Ranking(one.name, tuple(ordered[:_LISTED]), more)
