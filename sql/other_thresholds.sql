-- How many sentences other thresholds would keep, from the scores that are stored: nothing is computed anew.
-- Put your values into `asked`; as they stand they are the defaults of conf/base.yaml.
-- A score is null where a cheaper rule had dropped the sentence (order: emoji, url, words, complexity, action,
-- entropy, perplexity), so a stricter value is recounted exactly. A looser one brings back the sentences that this
-- rule alone dropped only as far as their later scores are known: those without are `unknown`, and need a run.
WITH asked AS (
  SELECT 3 AS min_words, 81 AS max_words, 1 AS min_complexity, 1 AS min_actions,
    0.3F AS min_entropy_bits, 30F AS min_perplexity, 200F AS max_perplexity
),
judged AS (
  SELECT
    drop_reason IS NULL AS is_kept,
    CASE
      WHEN drop_reason IN ('emoji', 'url', 'id_collision', 'language') THEN drop_reason
      WHEN word_count < min_words THEN 'too_short'
      WHEN word_count > max_words THEN 'too_long'
      WHEN complexity < min_complexity THEN 'low_complexity'
      WHEN CAST(has_action AS INT) < min_actions THEN 'no_action'
      WHEN entropy_bits < min_entropy_bits THEN 'low_entropy'
      WHEN perplexity < min_perplexity THEN 'low_perplexity'
      WHEN perplexity > max_perplexity THEN 'high_perplexity'
      WHEN perplexity IS NULL THEN 'unknown'
      ELSE 'kept'
    END AS outcome
  FROM sentences
  CROSS JOIN asked
)
SELECT
  outcome,
  count(*) AS sentences,
  count_if(is_kept) AS kept_now,
  round(100 * count(*) / sum(count(*)) OVER (), 1) AS percent
FROM judged
GROUP BY outcome
ORDER BY sentences DESC, outcome
