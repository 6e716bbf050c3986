"""All that is measured of the texts of one set of pairs, as rows of ``assessments``."""

from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from jobs.assess.entities import entities_of, entity_rows
from jobs.assess.richness import cut_rows, density_rows, token_rows
from jobs.assess.texts import distinct_words
from jobs.fit_sample import rank_sql
from realsyn_lib.tables import ASSESSMENTS

_ROWS = ASSESSMENTS.schema_of()


def text_rows(texts: DataFrame, measured: DataFrame, bins: int) -> DataFrame:
    """Return the rows for texts (image_id, kind, text) and what ``measure_texts`` found in them."""
    parts = (
        texts.sparkSession.createDataFrame([("bins", "all", float(bins))], _ROWS),
        token_rows(measured, bins),
        cut_rows(measured),
        density_rows(measured, bins),
        distinct_words(texts),
        entity_rows(entities_of(measured)),
    )
    return reduce(DataFrame.unionByName, parts)


def of_first_pairs(texts: DataFrame, pairs: int, seed: int) -> DataFrame:
    """Return the texts of the first ``pairs`` pairs by hash rank."""
    ids = texts.select("image_id").distinct()
    first = ids.orderBy(expr(rank_sql(seed, "image_id")), "image_id").limit(pairs)
    return texts.join(first, "image_id", "left_semi")
