"""What the last assessment found, for the report."""

from pyspark.sql import DataFrame

from jobs.published import Published
from realsyn_lib.report.assessed_rows import AssessedSet, assessment_of, measures_of
from realsyn_lib.report.assessment import Assessment
from realsyn_lib.tables import ASSESSMENTS, TOPIC_POINTS, TOPICS


def assessment(published: Published) -> Assessment:
    """Return the figures of the published assessment; none where nothing was assessed yet."""
    if not all(published.has(table) for table in (ASSESSMENTS, TOPICS, TOPIC_POINTS)):
        return Assessment()
    tables = (published.read(table) for table in (ASSESSMENTS, TOPICS, TOPIC_POINTS))
    return assessment_of([assessed_set("", *tables)])


def assessed_set(
    name: str, assessments: DataFrame, topics: DataFrame, points: DataFrame
) -> AssessedSet:  # fmt: skip
    """Collect what is drawn of one set of pairs: some thousand rows, bounded by ``assess`` settings."""
    rows = assessments.select("measure", "label", "value").collect()
    told = topics.select("topic_id", "words", "share").orderBy("topic_id").collect()
    places = points.select("topic_id", "x", "y").orderBy("image_id").collect()
    return AssessedSet(
        name,
        measures_of((row.measure, row.label, row.value) for row in rows),
        [(row.topic_id, row.words, row.share) for row in told],
        [(row.topic_id, row.x, row.y) for row in places],
    )
