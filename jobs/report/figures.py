"""Histograms of scores and sizes, counted in Spark at fixed edges: one pass over each table."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql.functions import col, expr, lit
from pyspark.sql.functions import max as max_of
from pyspark.sql.functions import min as min_of

from jobs.published import Published
from realsyn_lib.assess.histograms import Bins
from realsyn_lib.config import Config
from realsyn_lib.report.content import Histogram
from realsyn_lib.tables import IMAGES, PAIRS, RETRIEVED_TEXTS, SENTENCES, Table

_BINS = 40
Limits = tuple[float | None, float | None]


@dataclass(frozen=True)
class Figure:
    """One histogram: of which value of which table; without edges they are those of the data.

    ``limits``: least and most that the settings keep.
    """

    title: str
    unit: str
    table: Table
    value: str
    edges: tuple[float, float] | None = None
    limits: Callable[[Config], Limits] = lambda _config: (None, None)
    bins: int = _BINS


_BAND = Figure("Image to synthetic text", "cosine", PAIRS, "cosine_syn")
_FIGURES = (
    _BAND,
    Figure("Image to retrieved sentence", "cosine", RETRIEVED_TEXTS, "cosine"),
    Figure(
        "Words of a sentence", "words", SENTENCES, "word_count", (0.0, 100.0),
        lambda config: (config.sentences.min_words, config.sentences.max_words), 50,
    ),
    Figure(
        "Words of a synthetic text", "words", PAIRS,
        "length(syn_text) - length(replace(syn_text, ' ', '')) + 1", (0.0, 80.0),
    ),
    Figure(
        "Complexity of a sentence", "relations of a noun", SENTENCES, "complexity", (0.0, 12.0),
        lambda config: (config.sentences.min_complexity, None), 12,
    ),
    Figure(
        "Information of a sentence", "bits", SENTENCES, "entropy_bits", None,
        lambda config: (config.sentences.min_entropy_bits, None),
    ),
    Figure(
        "Perplexity of a sentence", "perplexity", SENTENCES, "perplexity", (0.0, 1000.0),
        lambda config: (config.sentences.min_perplexity, config.sentences.max_perplexity), 50,
    ),
    Figure(
        "Language of a sentence", "over the likeliest", SENTENCES, "language_score", (0.0, 1.0),
        lambda config: (config.sentence_scorers.min_language, None),
    ),
    Figure(
        "Shorter side of an image", "px", IMAGES, "least(width_px, height_px)", (0.0, 2000.0),
        lambda config: (config.images.min_side_px, None),
    ),
    Figure(
        "Aspect ratio of an image", "long over short side", IMAGES,
        "greatest(width_px, height_px) / least(width_px, height_px)", (1.0, 4.0),
        lambda config: (None, config.images.max_aspect_ratio),
    ),
    Figure(
        "NSFW score of an image", "score", IMAGES, "nsfw_score", (0.0, 1.0),
        lambda config: (None, config.image_scorers.max_nsfw),
    ),
    Figure(
        "Watermark score of an image", "score", IMAGES, "watermark_score", (0.0, 1.0),
        lambda config: (None, config.image_scorers.max_watermark),
    ),
)  # fmt: skip


def histograms(published: Published) -> tuple[Histogram, ...]:
    """Return the histograms of the tables that are published and hold such values."""
    figures = _with_edges(published, [f for f in _FIGURES if published.has(f.table)])
    counts = _counted(published, figures)
    return tuple(
        Histogram(
            figure.title, figure.unit, *figure.edges,
            tuple(counts[place, number] for number in range(figure.bins)), _limits(published, figure),
        )
        for place, figure in enumerate(figures)
        if figure.edges and any(of == place for of, _number in counts)
    )  # fmt: skip


def _with_edges(published: Published, figures: Sequence[Figure]) -> list[Figure]:
    """Give figures without edges those of their data; one without any value is left out."""
    ends = [
        published.read(figure.table).select(
            lit(figure.title).alias("title"), expr(figure.value).cast("double").alias("value")
        )
        for figure in figures
        if figure.edges is None
    ]
    if not ends:
        return list(figures)
    values = reduce(DataFrame.unionAll, ends).where("value IS NOT NULL").groupBy("title")
    rows = values.agg(min_of("value").alias("low"), max_of("value").alias("high")).collect()
    edges = {row["title"]: _apart(row["low"], row["high"]) for row in rows}
    return [
        replace(f, edges=f.edges or edges[f.title]) for f in figures if f.edges or f.title in edges
    ]


def _apart(low: float, high: float) -> tuple[float, float]:
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def _counted(published: Published, figures: Sequence[Figure]) -> Counter[tuple[int, int]]:
    """Count the values of each (figure, bin): one pass over each table, all in one query."""
    of_table: dict[Table, list[tuple[int, Figure]]] = defaultdict(list)
    for place, figure in enumerate(figures):
        of_table[figure.table].append((place, figure))
    parts = [_bins(published.read(table), some) for table, some in of_table.items()]
    if not parts:
        return Counter()
    counts = reduce(DataFrame.unionAll, parts).groupBy("figure", "bin").count()
    return Counter({(row["figure"], row["bin"]): row["count"] for row in counts.collect()})


def _bins(rows: DataFrame, figures: Sequence[tuple[int, Figure]]) -> DataFrame:
    """Return (figure, bin) of every value of a table."""
    values = rows.selectExpr(
        *(f"CAST({figure.value} AS DOUBLE) AS value{place}" for place, figure in figures)
    )
    numbered = ", ".join(
        f"{place}, IF(value{place} IS NULL, NULL, {Bins(*figure.edges, figure.bins).sql(f'value{place}')})"
        for place, figure in figures
        if figure.edges
    )
    spread = values.selectExpr(f"stack({len(figures)}, {numbered}) AS (figure, bin)")
    return spread.where(col("bin").isNotNull())


def _limits(published: Published, figure: Figure) -> Limits:
    """Limits of the settings; for the cosine band those that its run used."""
    if figure.title != _BAND.title:
        return figure.limits(published.config)
    run = published.last_runs().get("balance_pairs")
    metrics = run.metrics if run else {}
    return metrics.get("min_cosine"), metrics.get("max_cosine")
