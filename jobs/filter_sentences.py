"""sentences_found -> words, sentences: the rules in the order of their cost."""

import hashlib
import io

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql.functions import coalesce, col, count, expr, lit, min_by, struct, when
from pyspark.sql.functions import max as max_of
from pyspark.sql.functions import min as min_of
from pyspark.sql.functions import sum as sum_of

from jobs.carry_over import write_rows
from jobs.index_files import tell_index
from jobs.model_digests import open_registry, parser_use
from jobs.model_tasks import map_model, say_device
from jobs.row_work import RowWork
from jobs.runtime import stage_main
from jobs.settings import model_use
from jobs.spread import spread
from jobs.stage import Stage
from realsyn_lib.files import write_bytes
from realsyn_lib.sentences.entropy import cut_of
from realsyn_lib.sentences.rules import SentenceRules, is_plain_sql, text_reason_sql, word_count_sql
from realsyn_lib.tables import SENTENCES, SENTENCES_FOUND, WORDS
from udfs.count_words import count_words
from udfs.judge_sentences import COLUMNS, LanguageRule, judge_sentences
from udfs.mapped_words import WordFile
from udfs.models.load_parser import ParserUse
from udfs.worker_models import ModelUse

# The cheap rules look at the text alone but for a clash, which other pages make or end.
BASIS = ("text", "drop_reason <=> 'id_collision'")


def word_shares(found: DataFrame, max_vocabulary: int) -> DataFrame:
    """Count the words of all occurrences; the rarest beyond ``max_vocabulary`` are left out.

    Shares are of all words of the corpus, so what is left out keeps its share of the total.
    """
    counts = found.select("text").mapInArrow(count_words(), "word string, occurrence_count bigint")
    words = counts.groupBy("word").agg(sum_of("occurrence_count").alias("occurrence_count"))
    total = words.agg(sum_of("occurrence_count").alias("total"))
    ordered = words.orderBy(col("occurrence_count").desc(), "word").limit(max_vocabulary)
    shares = ordered.crossJoin(total)
    return shares.select(
        "word", "occurrence_count", (col("occurrence_count") / col("total")).alias("share")
    )


def distinct_sentences(found: DataFrame, rules: SentenceRules) -> DataFrame:
    """Return one row for each sentence: smallest occurrence, word count, the cheap rules' verdict.

    Two texts with one id are ``id_collision``: neither is used.
    """
    place = struct("document_id", "position", "sentence_no")
    rows = found.groupBy("sentence_id").agg(
        min_by("document_id", place).alias("document_id"),
        min_by("position", place).alias("position"),
        count(lit(1)).alias("occurrence_count"),
        min_of("text").alias("text"),
        max_of("text").alias("other_text"),
    )
    rows = rows.withColumn("is_plain", expr(is_plain_sql("text")))
    rows = rows.withColumn("word_count", expr(word_count_sql("text", "is_plain")))
    clash = when(col("text") != col("other_text"), lit("id_collision"))
    cheap = expr(text_reason_sql("text", "is_plain", "word_count", rules))
    return rows.withColumn("drop_reason", coalesce(clash, cheap)).drop("other_text", "is_plain")


def transform(
    candidates: DataFrame, rules: SentenceRules, parser: ParserUse, words: WordFile,
    language_model: ModelUse, tasks: int, language: LanguageRule | None = None,
) -> DataFrame:  # fmt: skip
    """Judge the candidates of one bucket; rows that SQL dropped do not reach Python."""
    passed = candidates.where(col("drop_reason").isNull())
    judge = judge_sentences(rules, parser, words, language_model, language)
    rows = spread(passed, tasks, "sentence_id")
    judged = map_model(rows, judge, SENTENCES.schema_of(*COLUMNS), language_model)
    dropped = candidates.where(col("drop_reason").isNotNull())
    return judged.unionByName(dropped, allowMissingColumns=True)


def run(stage: Stage) -> None:
    """Count the words unless the table is frozen, then judge bucket by bucket."""
    found, settings = stage.read(SENTENCES_FOUND), stage.conf.sentences
    words = stage.frozen(WORDS, [settings.max_vocabulary])
    if words is None:
        words = stage.write(WORDS, lambda: word_shares(found, settings.max_vocabulary))
    rules = SentenceRules(
        settings.min_words, settings.max_words, settings.min_complexity, settings.min_actions,
        settings.min_entropy_bits, settings.min_perplexity, settings.max_perplexity,
    )  # fmt: skip
    word_file = _publish_words(stage, words)
    parser = parser_use(open_registry(), stage.conf.models.parser)
    candidates = stage.by_bucket(
        "candidates", lambda: distinct_sentences(found, rules), "sentence_id"
    )
    language_model, tasks = model_use(stage, "language_model"), stage.conf.spark.shuffle_partitions
    say_device(stage, language_model)
    scorers = stage.conf.sentence_scorers
    language = scorers.language and LanguageRule(scorers.language, scorers.min_language)
    work = RowWork(
        wanted=candidates,
        known=lambda read: read(SENTENCES),
        basis=BASIS,
        compute=lambda _bucket, rows: transform(
            rows, rules, parser, word_file, language_model, tasks, language
        ),
        told=("document_id", "position", "occurrence_count"),
    )
    committed = write_rows(stage, SENTENCES, work)
    stage.account_table("sentence", found.select("sentence_id").distinct().count(), SENTENCES)
    clashes = committed.withColumn("detail", col("text").substr(1, 200))
    stage.quarantine(clashes, lit(SENTENCES_FOUND.name), col("sentence_id"))


def _publish_words(stage: Stage, words: DataFrame) -> WordFile:
    """Write the word table as an Arrow file; the driver holds max_vocabulary words twice.

    A million words take 30 MB; what the cut leaves out goes into the metrics.
    """
    rows = words.select("word", "share").toArrow().sort_by("word")
    settings = stage.conf.sentences
    cut = cut_of(rows["share"].to_numpy(), settings.max_vocabulary, settings.max_words)
    stage.metrics |= {"words_cut_share": cut.share, "entropy_max_lost_bits": cut.max_lost_bits}
    target = io.BytesIO()
    with pa.ipc.new_file(target, rows.schema) as file:
        file.write_table(rows)
    digest = hashlib.sha256(target.getvalue()).hexdigest()
    place = stage.files("indexes", f"words-{digest[:12]}.arrow")
    write_bytes(place, target.getvalue())
    tell_index(stage, WORDS.name, digest)
    return WordFile(place, digest)


def main() -> None:
    """spark-submit jobs/filter_sentences.py --env databricks --warehouse catalog.schema --files URI"""
    stage_main("filter_sentences")


if __name__ == "__main__":
    main()
