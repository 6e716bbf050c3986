"""What is counted of the texts of one set of pairs, as rows of ``assessments``."""

from functools import reduce

from pyspark.sql import DataFrame

from jobs.assess.entities import entities_of, entity_rows
from jobs.assess.richness import cut_rows
from jobs.assess.texts import distinct_words
from realsyn_lib.tables import ASSESSMENTS

_ROWS = ASSESSMENTS.schema_of()


def text_rows(texts: DataFrame, measured: DataFrame, bins: int) -> DataFrame:
    """Return the rows for texts (image_id, kind, text) and what ``measure_texts`` found in them.

    ``bins`` is told, too: readers draw the bins without a row by it.
    """
    told = texts.sparkSession.createDataFrame([("bins", "all", float(bins))], _ROWS)
    parts = (told, cut_rows(measured), distinct_words(texts), entity_rows(entities_of(measured)))
    return reduce(DataFrame.unionByName, parts)
