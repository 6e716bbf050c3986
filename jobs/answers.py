"""llm_answers: what generators have answered, kept by the digest of what they were asked.

An answer is known by model, prompt and parameters, so it is right whatever became of the run that
asked: the table is read at its head, appended to in commits of ``batch.answer_rows``, restored by
nobody. A kill loses the commit that was being asked for.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pyspark.sql import DataFrame, Window
from pyspark.sql.functions import broadcast, col, count_if, floor, lit, row_number, struct
from pyspark.sql.functions import count as count_of
from pyspark.sql.functions import max as greatest
from pyspark.sql.functions import min as least

from jobs.model_tasks import map_model
from jobs.spread import spread
from jobs.stage_settings import StageSettings
from jobs.warehouse import Warehouse
from realsyn_lib.config import Config
from realsyn_lib.errors import ModelError
from realsyn_lib.generation.commits import Part, commits
from realsyn_lib.tables import LLM_ANSWERS
from udfs.ask_generator import COLUMNS, ask_generator
from udfs.digest_prompts import digest_prompts
from udfs.worker_models import ModelUse

_MOST_PARTS = 2**31  # of one bucket
_MOST_UNANSWERED = 20  # prompts; where more were asked and all failed, it is not the prompts
Scratch = Callable[[str, DataFrame], DataFrame]


@dataclass(frozen=True)
class Asking:
    """Who is asked what, and how much at once.

    Attributes:
        generator: the model.
        digest: its digest, of the registry.
        parameters: ``max_new_tokens`` and ``seed``: with model and prompt they name an answer.
        commit_rows: answers in one commit.
        tasks: tasks that ask at the same time.
    """

    generator: ModelUse
    digest: str
    parameters: Mapping[str, int]
    commit_rows: int
    tasks: int

    @classmethod
    def of(cls, generator: ModelUse, digest: str, settings: Config | StageSettings) -> "Asking":
        """Return how the settings have a generator asked."""
        generate = settings.generate
        parameters = {"max_new_tokens": generate.max_new_tokens, "seed": generate.seed}
        tasks = settings.resources.generator_tasks
        return cls(generator, digest, parameters, settings.batch.answer_rows, tasks)

    def digested(self, prompts: DataFrame) -> DataFrame:
        """Append ``prompt_digest`` to (image_id, text, caption, tags)."""
        ddl = f"{_ddl(prompts)}, prompt_digest string"
        return prompts.mapInArrow(digest_prompts(self.digest, self.parameters), ddl)


@dataclass(frozen=True)
class Answers:
    """The table, and what this attempt adds to it."""

    warehouse: Warehouse
    note: dict[str, str]
    scratch: Scratch
    progress: Callable[[str], None]

    def ask(self, prompts: DataFrame, asking: Asking) -> dict[str, float]:
        """Have everything answered that is not yet; return how many were asked, known, unanswered.

        ``prompts``: a stored frame of bucket, image_id, text, caption, tags, prompt_digest. Equal
        prompts are asked once. Ids travel to the prompts; prompts are dealt out to tasks once.
        """
        if not self.warehouse.exists(LLM_ANSWERS.name):
            self.warehouse.create(LLM_ANSWERS)
        plan = self.scratch("asked", self._plan(prompts, asking.commit_rows))
        counted = plan.groupBy("bucket").agg(
            count_of("*").alias("all"), count_if(~col("is_known")).alias("new")
        )
        buckets = sorted((row["bucket"], row["new"], row["all"]) for row in counted.collect())
        counts = [(bucket, new) for bucket, new, _all in buckets]
        asked = sum(new for _bucket, new in counts)
        for number, parts in enumerate(commits(counts, asking.commit_rows), start=1):
            self.progress(f"asking {asked} prompts, commit {number}")
            self._commit(_rows_of(prompts, plan, parts), asking, parts[0].bucket)
        known = sum(every for *_some, every in buckets) - asked
        missing = self._missing(plan) if asked else 0
        if asked == missing > _MOST_UNANSWERED:
            raise ModelError(
                f"model {asking.generator.name}: answered none of {asked} prompts; see what it or its "
                "server says to one, or name another generator"
            )
        counts_of = {"asked_prompts": asked, "cached_prompts": known, "unanswered_prompts": missing}
        return {name: float(count) for name, count in counts_of.items()}

    def of(self, prompts: DataFrame) -> DataFrame:
        """Return image_id, answer, finish_reason; the last two null where nobody answered."""
        asked = prompts.select("image_id", "prompt_digest")
        return asked.join(self._kept(), "prompt_digest", "left").drop("prompt_digest")

    def _plan(self, prompts: DataFrame, commit_rows: int) -> DataFrame:
        """Return for each different prompt the image it is asked for, and in which commit."""
        askers = prompts.groupBy("prompt_digest").agg(
            least(struct("image_id", "bucket")).alias("asker")
        )
        known = self._kept().select("prompt_digest", lit(True).alias("found"))
        told = askers.join(known, "prompt_digest", "left").select(
            "prompt_digest",
            "asker.bucket",
            "asker.image_id",
            col("found").isNotNull().alias("is_known"),
        )
        order = Window.partitionBy("bucket", "is_known").orderBy("image_id")
        part = floor((row_number().over(order) - 1) / commit_rows).cast("int")
        return told.withColumn("part", part)

    def _missing(self, plan: DataFrame) -> int:
        """Count the prompts that were asked and have no answer."""
        asked = plan.where(~col("is_known")).select("prompt_digest")
        return asked.join(self._kept(), "prompt_digest", "left_anti").count()

    def _kept(self) -> DataFrame:
        """Return each answer once: two runs at a time, in a catalog, may both have asked."""
        kept = self.warehouse.read(LLM_ANSWERS).groupBy("prompt_digest")
        one = kept.agg(greatest(struct("finish_reason", "answer")).alias("one"))  # stop, length
        return one.select("prompt_digest", "one.answer", "one.finish_reason")

    def _commit(self, rows: DataFrame, asking: Asking, bucket: int) -> None:
        work = ask_generator(asking.generator, asking.parameters["max_new_tokens"])
        dealt = spread(rows, asking.tasks, "image_id").drop("bucket")
        answers = map_model(dealt, work, LLM_ANSWERS.schema_of(*COLUMNS), asking.generator)
        self.warehouse.append(LLM_ANSWERS, answers.withColumn("bucket", lit(bucket)), self.note)


def _rows_of(prompts: DataFrame, plan: DataFrame, parts: list[Part]) -> DataFrame:
    """Return the prompts of some parts; only the files of their buckets are read."""
    place = col("bucket").cast("bigint") * _MOST_PARTS + col("part")
    wanted = place.isin([part.bucket * _MOST_PARTS + part.number for part in parts])
    here = col("bucket").isin(sorted({part.bucket for part in parts}))
    ids = plan.where(here & wanted & ~col("is_known")).select("image_id")
    of_buckets = prompts.where(here)
    return of_buckets.join(broadcast(ids), "image_id", "left_semi")


def _ddl(frame: DataFrame) -> str:
    return ", ".join(f"{name} {kind}" for name, kind in frame.dtypes)
