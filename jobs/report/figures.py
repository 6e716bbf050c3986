"""Histograms of scores and sizes, counted in Spark at fixed edges."""

from collections.abc import Callable
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql.functions import col, expr
from pyspark.sql.functions import max as max_of
from pyspark.sql.functions import min as min_of

from jobs.published import Published
from realsyn_lib.assess.histograms import Bins
from realsyn_lib.config import Config
from realsyn_lib.report.content import Histogram
from realsyn_lib.tables import IMAGES, PAIRS, RETRIEVED_TEXTS, SENTENCES, Table

_BINS = 40
Limits = Callable[[Config], tuple[float, ...]]


@dataclass(frozen=True)
class Figure:
    """One histogram: of which value of which table; without edges they are those of the data."""

    title: str
    unit: str
    table: Table
    value: str
    edges: tuple[float, float] | None = None
    limits: Limits = lambda _config: ()


_FIGURES = (
    Figure("Image to synthetic text", "cosine", PAIRS, "cosine_syn"),
    Figure("Image to retrieved sentence", "cosine", RETRIEVED_TEXTS, "cosine"),
    Figure(
        "Words of a sentence", "words", SENTENCES, "word_count", (0.0, 100.0),
        lambda config: (float(config.sentences.min_words), float(config.sentences.max_words)),
    ),
    Figure("Words of a synthetic text", "words", PAIRS, "size(split(syn_text, ' '))", (0.0, 80.0)),
    Figure(
        "Perplexity of a sentence", "perplexity", SENTENCES, "perplexity", (0.0, 400.0),
        lambda config: (config.sentences.min_perplexity, config.sentences.max_perplexity),
    ),
    Figure(
        "Information of a sentence", "bits", SENTENCES, "entropy_bits", None,
        lambda config: (config.sentences.min_entropy_bits,),
    ),
    Figure(
        "Shorter side of an image", "px", IMAGES, "least(width_px, height_px)", (0.0, 2000.0),
        lambda config: (float(config.images.min_side_px),),
    ),
    Figure(
        "Aspect ratio of an image", "long over short side", IMAGES,
        "greatest(width_px, height_px) / least(width_px, height_px)", (1.0, 4.0),
        lambda config: (config.images.max_aspect_ratio,),
    ),
)  # fmt: skip


def histograms(published: Published) -> tuple[Histogram, ...]:
    """Return the histograms of the tables that are published and hold such values."""
    ready = [figure for figure in _FIGURES if published.has(figure.table)]
    drawn = (_histogram(published, figure) for figure in ready)
    return tuple(histogram for histogram in drawn if histogram is not None)


def _histogram(published: Published, figure: Figure) -> Histogram | None:
    values = published.read(figure.table).select(expr(figure.value).cast("double").alias("value"))
    values = values.where(col("value").isNotNull())
    edges = figure.edges or _edges(values)
    if edges is None:
        return None
    bins = Bins(*edges, _BINS)
    counted = values.groupBy(expr(bins.sql("value")).alias("bin")).count().collect()
    if not counted:
        return None
    counts = {row["bin"]: row["count"] for row in counted}
    return Histogram(
        figure.title, figure.unit, *edges, tuple(counts.get(place, 0) for place in range(_BINS)),
        _marks(published, figure),
    )  # fmt: skip


def _edges(values: DataFrame) -> tuple[float, float] | None:
    low, high = values.agg(min_of("value"), max_of("value")).collect()[0]
    if low is None:
        return None
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def _marks(published: Published, figure: Figure) -> tuple[float, ...]:
    """Limits of the settings; for the cosine band those that its run used."""
    if figure.table is PAIRS and figure.value == "cosine_syn":
        run = published.last_runs().get("balance_pairs")
        metrics = run.metrics if run else {}
        return tuple(metrics[name] for name in ("min_cosine", "max_cosine") if name in metrics)
    return figure.limits(published.config)
