"""How surprised the language model is by the texts of a few pairs."""

from pyspark.sql import DataFrame
from pyspark.sql.functions import concat, lit

from jobs.assess.measures import distribution
from jobs.model_tasks import map_model
from jobs.spread import spread
from realsyn_lib.assess.axes import PERPLEXITIES
from udfs.score_perplexity import PERPLEXITY_DDL, score_perplexity
from udfs.worker_models import ModelUse


def perplexities(texts: DataFrame, use: ModelUse, tasks: int) -> DataFrame:
    """Return measure, value: the perplexity of each text of (image_id, kind, text)."""
    dealt = spread(texts, tasks, "image_id").select("kind", "text")
    scored = map_model(dealt, score_perplexity(use), PERPLEXITY_DDL, use)
    return scored.select(concat(lit(PERPLEXITIES.prefix), "kind").alias("measure"), "value")


def perplexity_rows(scored: DataFrame, bins: int) -> DataFrame:
    """Return histograms and summaries of the scores of each kind of text."""
    return distribution(scored, PERPLEXITIES.bins(bins))
