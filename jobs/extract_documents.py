"""sources, opt_out -> documents, images_found, sentences_found."""

from collections.abc import Callable

from pyspark.sql import DataFrame
from pyspark.sql.functions import col, count, expr, lit, when
from pyspark.sql.functions import min as min_of

from jobs.inputs import InputFiles
from jobs.model_digests import model_folder_of
from jobs.opt_out_table import load_opt_out
from jobs.other_sentences import brings_text
from jobs.record_files import documents_in_records
from jobs.runtime import stage_main
from jobs.sample_records import sample_records
from jobs.sources import file_records, table_records
from jobs.stage import Stage
from jobs.table_pictures import picture_batches
from realsyn_lib.config import check_stated_bounds
from realsyn_lib.documents import DocumentLimits
from realsyn_lib.errors import GateError, InputError
from realsyn_lib.forget.documents import FORGOTTEN_SOURCE, REASON
from realsyn_lib.ids import content_hash_id_sql
from realsyn_lib.sources.formats import source_format
from realsyn_lib.sources.omnicorpus import StatedRules
from realsyn_lib.sources.options import SourceOptions, format_for
from realsyn_lib.tables import DOCUMENTS, IMAGES_FOUND, SENTENCES_FOUND
from udfs.extract_documents import extract_documents
from udfs.read_documents import Batches, reading
from udfs.read_records import RECORDS_READ


def images_in(documents: DataFrame, is_fetched: bool = False) -> DataFrame:
    """Return one row for each occurrence of an image; a refused address is ``bad_url``.

    ``is_fetched``: the documents' addresses are the places where their images lie in the input, whatever
    URLs those were fetched from.
    """
    items = _items(documents, "image")
    place = when(col("item.url") != col("page"), col("page")) if is_fetched else lit(None)
    is_bad = col("item.url").isNull() & ~col("item.url_reason").eqNullSafe(REASON)
    refused = when(is_bad, lit("bad_url")).otherwise(col("item.url_reason"))
    return items.select(
        "document_id",
        col("item.position").alias("position"),
        expr(content_hash_id_sql("item.url")).alias("image_id"),
        col("item.url").alias("url"),
        col("item.raw_url").alias("raw_url"),
        col("item.alt_text").alias("alt_text"),
        refused.alias("drop_reason"),
        when(is_bad, col("item.url_reason")).alias("detail"),
        place.cast("string").alias("stored_at"),
        when(refused.isNull(), col("item.sha256")).alias("stated_sha256"),
    )


def sentences_in(documents: DataFrame) -> DataFrame:
    """Return one row for each occurrence of a sentence."""
    items = _items(documents, "text").select("document_id", "item.position", "item.sentences")
    parts = items.selectExpr(
        "document_id", "position", "posexplode(sentences) AS (sentence_no, text)"
    )
    return parts.withColumn("sentence_id", expr(content_hash_id_sql("text")))


def first_of_each_page(documents: DataFrame) -> DataFrame:
    """Keep the first of several rows with one page URL; the others become duplicate_document.

    Only repeated pages reach the join, so that it is small and no text is shuffled.
    """
    sound = documents.where(col("drop_reason").isNull())
    # Row numbers are text without leading zeros: the shorter is the smaller one, 9 before 10.
    place = expr("struct(source, length(locator), locator)")
    pages = sound.groupBy("document_id").agg(min_of(place).alias("first"), count(lit(1)).alias("n"))
    first = pages.where("n > 1").drop("n")
    marked = documents.join(first, "document_id", "left")
    repeated = col("drop_reason").isNull() & (col("first") != place)
    return (
        marked.withColumn(
            "items", when(repeated, expr("slice(items, 1, 0)")).otherwise(col("items"))
        )
        .withColumn("image_count", when(repeated, lit(0)).otherwise(col("image_count")))
        .withColumn("sentence_count", when(repeated, lit(0)).otherwise(col("sentence_count")))
        .withColumn(
            "drop_reason", when(repeated, lit("duplicate_document")).otherwise(col("drop_reason"))
        )
        .select(*DOCUMENTS.names)
    )


def run(stage: Stage) -> None:
    """List the input, parse it once, derive images and sentences from what was committed."""
    listing = stage.listing
    if listing is None:
        raise InputError("extract_documents: --input is missing; name your documents")
    _refuse_removal(stage, listing)
    if source_format(str(stage.inputs.format)).read_records is not None:
        documents = _write_from_records(stage, listing)
        records_in = int(stage.metrics[RECORDS_READ])  # a resumed attempt has it from its commit
    else:
        with picture_batches(stage):
            documents, records_in = _write_from_rows(stage, listing)
    is_fetched = source_format(str(stage.inputs.format)).is_fetched
    images = stage.write(IMAGES_FOUND, lambda: images_in(documents, is_fetched))
    sentences = stage.write(SENTENCES_FOUND, lambda: sentences_in(documents))
    _account(stage, documents, images, sentences, records_in)


def _write_from_records(stage: Stage, listing: InputFiles) -> DataFrame:
    extract = _extraction(stage)
    return stage.write(
        DOCUMENTS,
        lambda: first_of_each_page(documents_in_records(stage, listing.documents, extract)),
    )


def _write_from_rows(stage: Stage, listing: InputFiles) -> tuple[DataFrame, int]:
    """Write the documents of tables and of files that are one document each."""
    records, records_in = _records(stage, listing)
    extract = _extraction(stage)

    def parsed() -> DataFrame:
        rows = records.mapInArrow(extract, DOCUMENTS.schema_of())
        return first_of_each_page(stage.scratch("parsed", rows))

    return stage.write(DOCUMENTS, parsed), records_in


def _records(stage: Stage, listing: InputFiles) -> tuple[DataFrame, int]:
    """Return the records and, counted apart from them, how many there must be."""
    form = format_for(str(stage.inputs.format), _options(stage))
    limit = stage.inputs.limit
    if form.samples is not None:
        return sample_records(stage, form, form.samples, listing.documents)
    if form.columns is None:
        tasks = max(stage.conf.spark.shuffle_partitions, len(listing.documents) // 500)
        records = file_records(stage.spark, listing.documents, limit, tasks)
        records_in = min(len(listing.documents), limit or len(listing.documents))
        return records, records_in
    rows = table_records(stage.spark, form, listing.documents, limit)
    records_in = rows.count()
    if records_in == 0:
        raise GateError("extract_documents: the input files hold no rows; nothing was changed")
    return rows, records_in


def _extraction(stage: Stage) -> Callable[[Batches], Batches]:
    """Return what turns records into documents; where a file is one document, it reads it too."""
    name = str(stage.inputs.format)
    splitter = model_folder_of(stage.conf.models.splitter)
    extract = extract_documents(
        name, _limits(stage), splitter, load_opt_out(stage), _options(stage)
    )
    form = source_format(name)
    if form.columns is not None or form.samples is not None or form.read_records is not None:
        return extract
    return reading(extract, stage.conf.sources.max_document_bytes)


def _options(stage: Stage) -> SourceOptions:
    if stage.inputs.format == "omnicorpus":
        check_stated_bounds(stage.config)
    sources = stage.conf.sources
    names = sources.columns.model_dump(exclude_none=True)
    return SourceOptions(
        columns=tuple(names.items()),
        stated=StatedRules(sources.min_stated_side_px, sources.max_stated_aspect_ratio),
    )


def _limits(stage: Stage) -> DocumentLimits:
    sources = stage.conf.sources
    return DocumentLimits(
        max_document_bytes=sources.max_document_bytes,
        max_items=sources.max_items,
        max_sentence_chars=sources.max_sentence_chars,
    )


def _refuse_removal(stage: Stage, listing: InputFiles) -> None:
    """Refuse an input that lacks files whose documents are in the warehouse."""
    published = stage.ledger.published(DOCUMENTS.name)
    if published is None or stage.inputs.allow_removal:
        return
    known = stage.warehouse.read(DOCUMENTS, published).select("source").distinct()
    known = known.where(col("source") != FORGOTTEN_SOURCE)
    here = stage.spark.createDataFrame(
        [(file.source,) for file in listing.documents], "source string"
    )
    gone = known.join(here, "source", "left_anti")
    missing = gone.count()
    if missing:
        example = gone.agg(min_of("source")).collect()[0][0]
        raise InputError(
            f"--input lacks {missing} files that this warehouse was made from, such as {example}; --input "
            "names the whole input: name the old folder too, or say --allow-removal"
        )


def _account(
    stage: Stage, documents: DataFrame, images: DataFrame, sentences: DataFrame, records_in: int
) -> None:
    found = documents.selectExpr("sum(image_count)", "sum(sentence_count)").collect()[0]
    stage.account_table("document", records_in, DOCUMENTS)
    stage.account_table("image", found[0], IMAGES_FOUND)
    if brings_text(str(stage.inputs.format), stage.config):  # else none is no sign of a fault
        stage.account_table("sentence", found[1], SENTENCES_FOUND)
    stage.quarantine(documents, col("source"), col("locator"))
    place = expr("concat(document_id, '#', position)")
    stage.quarantine(images, lit(DOCUMENTS.name), place)


def _items(documents: DataFrame, kind: str) -> DataFrame:
    sound = documents.where(col("drop_reason").isNull())
    items = sound.selectExpr("document_id", "url AS page", "explode(items) AS item")
    return items.where(col("item.kind") == kind)


def main() -> None:
    """spark-submit jobs/extract_documents.py --input DIR --format html --warehouse DIR"""
    stage_main("extract_documents")


if __name__ == "__main__":
    main()
