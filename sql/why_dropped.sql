-- Why rows are missing: every reason of every stage, most frequent first.
-- The meaning of each word stands in realsyn_lib/reasons.py. A quarantined row was broken,
-- refused or unreachable; a dropped one was sound, and a rule judged it.
WITH lost AS (
  SELECT stage, entity, outcome, drop_reason, sum(row_count) AS row_count
  FROM funnel
  WHERE drop_reason IS NOT NULL
  GROUP BY stage, entity, outcome, drop_reason
),
came_in AS (
  SELECT stage, entity, sum(row_count) AS rows_in
  FROM funnel
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
