"""The band of image-text cosines that is kept: figures of the settings, or frozen quantiles."""

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql.functions import col
from pyspark.sql.functions import round as round_to

from jobs.stage import Stage
from realsyn_lib.balance import Band, calibrate_band

_DECIMALS = 4  # cosines are counted at this grain: at most 20,001 values reach the driver


def cosine_band(stage: Stage, pairs: DataFrame) -> Band:
    """Return the band; an end without a figure is calibrated once and kept in ``runs.metrics``.

    Args:
        stage: the attempt, whose settings name the ends or their quantiles.
        pairs: cosine_syn float, null where there is none.
    """
    settings = stage.conf.balance
    counted = None

    def calibrated() -> Band:
        nonlocal counted
        counted = counted or _calibrate(pairs, settings.low_quantile, settings.high_quantile)
        return counted

    low, high = settings.min_cosine, settings.max_cosine
    by = [settings.low_quantile, settings.high_quantile, stage.models["encoder"]]
    if low is None:
        low = stage.frozen_figure("cosine_band.min", by, lambda: calibrated().min_cosine)
    if high is None:
        high = stage.frozen_figure("cosine_band.max", by, lambda: calibrated().max_cosine)
    stage.metrics |= {"min_cosine": low, "max_cosine": high}
    return Band(low, high)


def _calibrate(pairs: DataFrame, low: float | None, high: float | None) -> Band:
    known = pairs.where(col("cosine_syn").isNotNull())
    grained = known.select(round_to(col("cosine_syn").cast("double"), _DECIMALS).alias("cosine"))
    rows = grained.groupBy("cosine").count().collect()
    if not rows:  # no pair can be kept, whatever the band
        return Band(-1.0, 1.0)
    values = np.array([row["cosine"] for row in rows], dtype=np.float64)
    counts = np.array([row["count"] for row in rows], dtype=np.int64)
    return calibrate_band(values, counts, low or 0.0, 1.0 if high is None else high)
