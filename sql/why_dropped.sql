-- Why rows are missing: every reason of every stage, most frequent first.
-- The meaning of each word stands in realsyn_lib/reasons.py. A quarantined row was broken,
-- refused or unreachable; a dropped one was sound, and a rule judged it.
-- Only the last finished run of each stage counts.
WITH last_run AS (
  SELECT stage, max_by(run_id, struct(run_id, started_at)) AS run_id
  FROM runs
  WHERE status = 'finished'
  GROUP BY stage
),
lost AS (
  SELECT stage, entity, outcome, drop_reason, sum(row_count) AS row_count
  FROM funnel
  JOIN last_run USING (stage, run_id)
  WHERE drop_reason IS NOT NULL
  GROUP BY stage, entity, outcome, drop_reason
),
came_in AS (
  SELECT stage, entity, sum(row_count) AS rows_in
  FROM funnel
  JOIN last_run USING (stage, run_id)
  WHERE outcome = 'in'
  GROUP BY stage, entity
)
SELECT
  entity,
  drop_reason,
  outcome,
  stage,
  row_count,
  round(100 * row_count / rows_in, 2) AS percent_of_stage
FROM lost
JOIN came_in USING (stage, entity)
ORDER BY entity, row_count DESC, stage, drop_reason
