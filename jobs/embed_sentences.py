"""sentences -> sentence_embeddings."""

from pyspark.sql import DataFrame
from pyspark.sql.functions import col, lit

from jobs.carry_over import write_rows
from jobs.model_tasks import map_model, say_device
from jobs.row_work import Read, work_on_inputs
from jobs.runtime import stage_main
from jobs.settings import model_use
from jobs.spread import spread
from jobs.stage import Stage
from jobs.widths import note_width
from realsyn_lib.tables import SENTENCE_EMBEDDINGS, SENTENCES
from udfs.embed_texts import embed_texts
from udfs.worker_models import ModelUse


def transform(sentences: DataFrame, encoder: ModelUse, tasks: int) -> DataFrame:
    """Embed the kept sentences of one bucket, spread evenly over ``tasks``."""
    texts = spread(sentences.select("sentence_id", "text"), tasks, "sentence_id")
    schema = SENTENCE_EMBEDDINGS.schema_of("sentence_id", "embedding", "drop_reason")
    return map_model(texts, embed_texts(encoder, "sentence_id"), schema, encoder)


def embeddable(read: Read) -> DataFrame:
    """Return the sentences that are embedded."""
    return (
        read(SENTENCES).where(col("drop_reason").isNull()).select("bucket", "sentence_id", "text")
    )


def run(stage: Stage) -> None:
    """Read the input, transform bucket by bucket what is new, write."""
    note_width(stage)
    encoder, tasks = model_use(stage, "encoder"), stage.conf.spark.shuffle_partitions
    say_device(stage, encoder)

    def compute(_bucket: int, rows: DataFrame) -> DataFrame:
        return transform(rows, encoder, tasks)

    work = work_on_inputs(stage, "sentence_id", embeddable, "text", compute)
    committed = write_rows(stage, SENTENCE_EMBEDDINGS, work)
    stage.account_table("sentence", embeddable(stage.read).count(), SENTENCE_EMBEDDINGS)
    bad = committed.withColumn("detail", lit(None).cast("string"))
    stage.quarantine(bad, lit(SENTENCES.name), col("sentence_id"))


def main() -> None:
    """spark-submit jobs/embed_sentences.py --env emr --warehouse s3://bucket/warehouse"""
    stage_main("embed_sentences")


if __name__ == "__main__":
    main()
