-- One image's history, from the page it was found on to the tiers it is in.
WITH chosen AS (
  -- The image: put an image_id in place of NULL. As it stands: the smallest one of the samples.
  SELECT coalesce(CAST(NULL AS BIGINT), min(image_id)) AS image_id
  FROM samples
),
steps AS (
  SELECT 1 AS step, 'images_found' AS table_name,
    concat('on ', d.url, ' at position ', f.position) AS what, f.drop_reason
  FROM images_found AS f
  JOIN chosen USING (image_id)
  JOIN documents AS d ON d.document_id = f.document_id AND d.drop_reason IS NULL
  UNION ALL
  SELECT 2, 'fetches', concat_ws(' ', url, size_bytes, 'bytes', detail), drop_reason
  FROM fetches JOIN chosen USING (image_id)
  UNION ALL
  SELECT 3, 'images',
    concat(width_px, ' x ', height_px, ' px, ', format, ', found ', occurrence_count, ' times'),
    drop_reason
  FROM images JOIN chosen USING (image_id)
  UNION ALL
  SELECT 4, 'image_duplicates',
    concat(kind, ' component ', component_id, ', representative ', representative_id),
    CASE WHEN id <> representative_id THEN concat(kind, '_duplicate') END
  FROM image_duplicates JOIN chosen ON id = image_id
  UNION ALL
  SELECT 5, 'retrieved_texts', concat(rank, ': ', text, ' (cosine ', round(cosine, 4), ')'), NULL
  FROM retrieved_texts JOIN chosen USING (image_id)
  UNION ALL
  SELECT 6, 'image_descriptions', concat(caption, ' [', array_join(tags, ', '), ']'), drop_reason
  FROM image_descriptions JOIN chosen USING (image_id)
  UNION ALL
  SELECT 7, 'synthetic_texts', text, fallback_reason
  FROM synthetic_texts JOIN chosen USING (image_id)
  UNION ALL
  SELECT 8, 'pairs', concat('cosine of image and synthetic text ', round(cosine_syn, 4)), drop_reason
  FROM pairs JOIN chosen USING (image_id)
  UNION ALL
  SELECT 9, 'image_clusters', concat('cluster ', cluster_id), NULL
  FROM image_clusters JOIN chosen USING (image_id)
  UNION ALL
  SELECT 10, 'samples', concat('in tier ', tier), NULL
  FROM samples JOIN chosen USING (image_id)
)
SELECT step, table_name, what, drop_reason
FROM steps
ORDER BY step, what
