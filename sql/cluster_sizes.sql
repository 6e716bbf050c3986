-- Image clusters before and after balance: one line for each tier and cluster, largest first.
-- rows_before counts the pairs inside the cosine band, rows_in_tier what the cap let through.
WITH before AS (
  SELECT cluster_id, count(*) AS rows_before
  FROM image_clusters
  GROUP BY cluster_id
),
drawn AS (
  SELECT tier, cluster_id, count(*) AS rows_in_tier
  FROM samples
  GROUP BY tier, cluster_id
),
-- A cluster of which a tier took nothing has a line with 0.
every_tier AS (
  SELECT tier, cluster_id, rows_before
  FROM before
  CROSS JOIN (SELECT DISTINCT tier FROM samples)
)
SELECT
  tier,
  cluster_id,
  rows_before,
  coalesce(rows_in_tier, 0) AS rows_in_tier,
  round(100 * coalesce(rows_in_tier, 0) / rows_before, 1) AS kept_percent
FROM every_tier
LEFT JOIN drawn USING (tier, cluster_id)
ORDER BY tier, rows_before DESC, cluster_id
