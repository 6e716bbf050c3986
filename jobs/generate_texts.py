"""retrieved_texts, image_descriptions -> synthetic_texts: one text written for each image."""

from pyspark.sql import DataFrame
from pyspark.sql.functions import col

from jobs.runtime import stage_main
from jobs.settings import model_use
from jobs.spread import spread
from jobs.stage import Stage
from realsyn_lib.config import GenerateSettings
from realsyn_lib.generation.answer import AnswerRules
from realsyn_lib.tables import IMAGE_DESCRIPTIONS, RETRIEVED_TEXTS, SYNTHETIC_TEXTS
from udfs.generate_texts import COLUMNS, generate_texts
from udfs.worker_models import ModelUse


def prompts(retrieved: DataFrame, descriptions: DataFrame) -> DataFrame:
    """Return image_id, text, caption, tags: the closest sentence beside what is seen."""
    closest = retrieved.where(col("rank") == 1).select("image_id", "text")
    return closest.join(descriptions.select("image_id", "caption", "tags"), "image_id")


def transform(
    asked: DataFrame, generator: ModelUse, max_new_tokens: int, seed: int, rules: AnswerRules,
    tasks: int,
) -> DataFrame:  # fmt: skip
    """Write the texts of one bucket."""
    work = generate_texts(generator, max_new_tokens, seed, rules)
    return spread(asked, tasks, "image_id").mapInArrow(work, SYNTHETIC_TEXTS.schema_of(*COLUMNS))


def answer_rules(generate: GenerateSettings) -> AnswerRules:
    """Return the bounds that the settings name."""
    return AnswerRules(
        generate.max_words,
        generate.max_repeated_share,
        generate.min_supported_share,
        generate.min_kept_share,
    )


def run(stage: Stage) -> None:
    """Read the inputs, transform bucket by bucket, write."""
    generate = stage.conf.generate
    asked = prompts(stage.read(RETRIEVED_TEXTS), stage.kept(IMAGE_DESCRIPTIONS))
    committed = stage.write_buckets(
        SYNTHETIC_TEXTS,
        lambda bucket: transform(
            stage.of_bucket(asked, bucket, "image_id"),
            model_use(stage, "generator"),
            generate.max_new_tokens,
            generate.seed,
            answer_rules(generate),
            stage.conf.spark.shuffle_partitions,
        ),
    )
    refused = committed.groupBy("fallback_reason").count().collect()
    stage.metrics |= {row["fallback_reason"] or "written": float(row["count"]) for row in refused}
    stage.account_table("image", asked.count(), SYNTHETIC_TEXTS)


def main() -> None:
    """spark-submit jobs/generate_texts.py --env databricks --warehouse catalog.schema --files URI"""
    stage_main("generate_texts")


if __name__ == "__main__":
    main()
