"""The first page: what came in, what was kept, of what is published."""

from jobs.published_files import PublishedFiles
from jobs.view.queries import Queries, Row
from realsyn_lib.stages import STAGES

_FUNNEL = """
SELECT stage, entity,
  coalesce(sum(row_count) FILTER (outcome = 'in'), 0)::BIGINT AS rows_in,
  coalesce(sum(row_count) FILTER (outcome = 'kept'), 0)::BIGINT AS kept,
  coalesce(sum(row_count) FILTER (outcome = 'dropped'), 0)::BIGINT AS dropped,
  coalesce(sum(row_count) FILTER (outcome = 'quarantined'), 0)::BIGINT AS quarantined
FROM funnel WHERE run_id = ? AND stage = ? GROUP BY ALL ORDER BY entity
"""


def funnel(published: PublishedFiles, queries: Queries) -> list[Row]:
    """Return the counts of each published stage and entity, in the order of the line."""
    runs = [published.runs[stage.name] for stage in STAGES if stage.name in published.runs]
    return [row for run in runs for row in queries.rows(_FUNNEL, run.run_id, run.stage)]
