"""retrieved_texts, image_descriptions -> llm_answers, synthetic_texts: a text for each image."""

from pyspark.sql import DataFrame
from pyspark.sql.functions import col

from jobs.answers import Answers, Asking
from jobs.runtime import stage_main
from jobs.settings import model_use
from jobs.spread import spread
from jobs.stage import Stage
from realsyn_lib.config import GenerateSettings
from realsyn_lib.generation.answer import AnswerRules
from realsyn_lib.tables import IMAGE_DESCRIPTIONS, RETRIEVED_TEXTS, SYNTHETIC_TEXTS
from udfs.check_answers import COLUMNS, check_answers


def prompts(retrieved: DataFrame, descriptions: DataFrame) -> DataFrame:
    """Return image_id, text, caption, tags: the closest sentence beside what is seen."""
    closest = retrieved.where(col("rank") == 1).select("image_id", "text")
    return closest.join(descriptions.select("image_id", "caption", "tags"), "image_id")


def transform(
    asked: DataFrame, answers: DataFrame, model: str, rules: AnswerRules, tasks: int
) -> DataFrame:
    """Check the answers of one bucket; where one is refused the retrieved text stands in."""
    both = spread(asked, tasks, "image_id").join(answers, "image_id")
    return both.mapInArrow(check_answers(model, rules), SYNTHETIC_TEXTS.schema_of(*COLUMNS))


def answer_rules(generate: GenerateSettings) -> AnswerRules:
    """Return the bounds that the settings name."""
    return AnswerRules(
        generate.min_words,
        generate.max_words,
        generate.max_repeated_share,
        generate.min_supported_share,
        generate.min_kept_share,
    )


def run(stage: Stage) -> None:
    """Have every prompt answered that never was, then check the answers bucket by bucket."""
    who = Asking.of(model_use(stage, "generator"), stage.models["generator"], stage.conf)
    closest = prompts(stage.read(RETRIEVED_TEXTS), stage.kept(IMAGE_DESCRIPTIONS))
    asked = stage.in_buckets("prompts", who.digested(closest), "image_id")
    answers = Answers(
        stage.warehouse, {"run_id": stage.attempt.run_id}, stage.scratch, stage.progress
    )
    stage.metrics |= answers.ask(asked, who)
    answered = stage.by_bucket("answers", lambda: answers.of(asked), "image_id")
    committed = stage.write_buckets(
        SYNTHETIC_TEXTS,
        lambda bucket: transform(
            stage.of_bucket(asked, bucket, "image_id").drop("bucket"),
            answered(bucket),
            who.generator.name,
            answer_rules(stage.conf.generate),
            who.tasks,
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
