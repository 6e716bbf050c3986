"""Files of many documents (jsonl, web archives) -> parsed documents, counted by their reader."""

from collections.abc import Callable

from pyspark.sql import DataFrame
from pyspark.sql.functions import col, collect_list, count, lit
from pyspark.sql.functions import sum as sum_of

from jobs.input_files import InputFile
from jobs.sources import first_by_hash
from jobs.stage import Stage
from realsyn_lib.errors import GateError, RealSynError
from realsyn_lib.tables import DOCUMENTS
from udfs.read_documents import Batches
from udfs.read_records import (
    COUNTED_DDL,
    FILES_DDL,
    PLACES_DDL,
    RECORDS_READ,
    listing_places,
    reading_records,
)

_MAX_TASKS = 20_000


def documents_in_records(
    stage: Stage, files: tuple[InputFile, ...], extract: Callable[[Batches], Batches]
) -> DataFrame:
    """Return the documents of files of many, and leave their number in ``stage.metrics``.

    A file is one task's: gzip cannot be entered in its middle. The number is that of the records
    that the reader took from the files, which it told apart from their rows; no file is read
    twice, but under ``--limit``: there a first pass lists the records to choose from.

    Raises:
        GateError: the files hold no document.
        RealSynError: a file was not counted, or changed between two passes.
    """
    name, max_bytes = str(stage.inputs.format), stage.conf.sources.max_document_bytes
    listed, wanted = _listed(stage, files), None
    asked = len(files)
    if stage.inputs.limit is not None:
        places = listed.mapInArrow(listing_places(name, max_bytes), PLACES_DDL)
        key = "source || '#' || locator"
        chosen = stage.scratch("chosen", first_by_hash(places, stage.inputs.limit, key))
        wanted = chosen.count()
        of_file = chosen.groupBy("source").agg(collect_list("locator").alias("chosen"))
        asked = of_file.count()
        listed = listed.drop("chosen").join(of_file, "source").repartition(asked or 1, "source")
        listed = listed.select("source", "path", "size_bytes", "reason", "chosen")
    rows = listed.mapInArrow(reading_records(name, extract, max_bytes), COUNTED_DDL)
    parsed = stage.scratch("parsed", rows)
    stage.metrics[RECORDS_READ] = float(_records_read(parsed, asked, wanted))
    return parsed.where(col(RECORDS_READ).isNull()).select(*DOCUMENTS.names)


def _listed(stage: Stage, files: tuple[InputFile, ...]) -> DataFrame:
    """Return the files, one a partition as far as there are tasks for it."""
    rows = [(file.source, file.path, file.size_bytes, file.problem, None) for file in files]
    listed = stage.spark.createDataFrame(rows, FILES_DDL)
    return listed.repartitionByRange(min(len(files), _MAX_TASKS), "source")


def _records_read(parsed: DataFrame, asked: int, wanted: int | None) -> int:
    told = parsed.where(col(RECORDS_READ).isNotNull())
    found = told.agg(count(lit(1)).alias("files"), sum_of(RECORDS_READ).alias("records"))
    files, records = found.collect()[0]
    if files != asked or (wanted is not None and records != wanted):
        raise RealSynError(
            f"extract_documents: {files} files with {records or 0} records were read, expected {asked} files"
            f"{f' with {wanted} records' if wanted is not None else ''}; did they change meanwhile? "
            "Nothing was published: give the same command again"
        )
    if not records:
        raise GateError("extract_documents: the input files hold no document; nothing was changed")
    return int(records)
