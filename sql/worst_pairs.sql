-- The 20 released pairs whose image and synthetic text agree least, with what they were made from.
-- A pair is listed once with all its tiers; those below the cosine band were dropped before.
WITH released AS (
  SELECT image_id, array_join(array_sort(collect_set(tier)), ', ') AS tiers
  FROM samples
  GROUP BY image_id
)
SELECT
  round(p.cosine_syn, 4) AS cosine_syn,
  p.image_id,
  p.raw_image_url,
  p.syn_text,
  p.text1,
  round(r.cosine, 4) AS cosine_text1,
  d.caption,
  s.fallback_reason,
  tiers
FROM released
JOIN pairs AS p USING (image_id)
LEFT JOIN retrieved_texts AS r ON r.image_id = p.image_id AND r.rank = 1
LEFT JOIN image_descriptions AS d ON d.image_id = p.image_id
LEFT JOIN synthetic_texts AS s ON s.image_id = p.image_id
ORDER BY p.cosine_syn, p.image_id
LIMIT 20
