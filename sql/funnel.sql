-- The funnel: how many rows came into each stage, were kept, dropped by a rule, or quarantined.
-- Only the last finished run of each stage counts. rows_in = kept + dropped + quarantined.
WITH last_run AS (
  SELECT
    stage,
    max_by(run_id, struct(run_id, started_at)) AS run_id,
    max_by(started_at, struct(run_id, started_at)) AS started_at
  FROM runs
  WHERE status = 'finished'
  GROUP BY stage
),
counts AS (
  SELECT
    stage,
    entity,
    coalesce(sum(row_count) FILTER (WHERE outcome = 'in'), 0) AS rows_in,
    coalesce(sum(row_count) FILTER (WHERE outcome = 'kept'), 0) AS kept,
    coalesce(sum(row_count) FILTER (WHERE outcome = 'dropped'), 0) AS dropped,
    coalesce(sum(row_count) FILTER (WHERE outcome = 'quarantined'), 0) AS quarantined
  FROM funnel
  JOIN last_run USING (stage, run_id)
  GROUP BY stage, entity
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
JOIN last_run USING (stage)
ORDER BY started_at, entity  -- a stage starts when those before it have ended
