-- The funnel: how many rows came into each stage, were kept, dropped by a rule, or quarantined.
-- Only the last finished run of each stage counts. rows_in = kept + dropped + quarantined.
WITH counts AS (
  SELECT
    stage,
    entity,
    coalesce(sum(row_count) FILTER (WHERE outcome = 'in'), 0) AS rows_in,
    coalesce(sum(row_count) FILTER (WHERE outcome = 'kept'), 0) AS kept,
    coalesce(sum(row_count) FILTER (WHERE outcome = 'dropped'), 0) AS dropped,
    coalesce(sum(row_count) FILTER (WHERE outcome = 'quarantined'), 0) AS quarantined
  FROM funnel
  GROUP BY stage, entity
),
-- The stages' order is that of their last finished runs: a stage starts when those before it end.
last_start AS (
  SELECT stage, max_by(started_at, struct(run_id, started_at)) AS started_at
  FROM runs
  WHERE status = 'finished'
  GROUP BY stage
)
SELECT
  stage,
  entity,
  rows_in,
  kept,
  dropped,
  quarantined,
  round(100 * kept / nullif(rows_in, 0), 1) AS kept_percent
FROM counts
JOIN last_start USING (stage)
ORDER BY started_at, entity
