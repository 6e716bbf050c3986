"""How surprised the language model is by texts: as it was once worked out, or by the model."""

from pyspark.sql import DataFrame
from pyspark.sql.functions import broadcast, col, collect_list, explode, expr, lit

from jobs.assess.measures import values_on
from jobs.fit_sample import rank_sql
from jobs.model_tasks import map_model
from jobs.spread import spread
from realsyn_lib.assess.axes import PERPLEXITIES
from udfs.score_perplexity import PERPLEXITY_DDL, score_perplexity
from udfs.worker_models import ModelUse


def known(sentences: DataFrame, retrieved: DataFrame, sample: DataFrame) -> DataFrame:
    """Return the stored perplexity of the closest sentence of each pair of a sample, on its axis.

    The sample's sentence ids go to every task, 16 bytes each; ``sentences`` is read once.
    """
    first = retrieved.where(col("rank") == 1).select("image_id", "sentence_id")
    wanted = broadcast(first.join(broadcast(sample.select("image_id")), "image_id", "left_semi"))
    found = sentences.select("sentence_id", "perplexity").join(wanted, "sentence_id")
    return values_on(PERPLEXITIES, found, lit("text1"), col("perplexity"))


def scored(texts: DataFrame, use: ModelUse, tasks: int) -> DataFrame:
    """Return the perplexity of each text of (kind, text) on its axis; equal texts are read once."""
    each = texts.groupBy("text").agg(collect_list("kind").alias("kinds"))
    found = map_model(spread(each, tasks, "text"), score_perplexity(use), PERPLEXITY_DDL, use)
    rows = found.select(explode("kinds").alias("kind"), "perplexity")
    return values_on(PERPLEXITIES, rows, col("kind"), col("perplexity"))


def of_first_pairs(texts: DataFrame, pairs: int, seed: int) -> DataFrame:
    """Return the texts of the first ``pairs`` pairs by hash rank."""
    ids = texts.select("image_id").distinct()
    first = ids.orderBy(expr(rank_sql(seed, "image_id")), "image_id").limit(pairs)
    return texts.join(first, "image_id", "left_semi")
