"""Archives and open pictures -> records of samples, read once and counted before they are parsed."""

from pyspark.sql import DataFrame
from pyspark.sql.functions import count, lit

from jobs.input_files import InputFile
from jobs.sources import file_records, first_by_hash, table_records
from jobs.stage import Stage
from realsyn_lib.errors import GateError
from realsyn_lib.sources.formats import SourceFormat
from realsyn_lib.sources.samples import SampleLayout, is_sample_file
from udfs.read_samples import SCHEMA_DDL, read_samples

_OPEN_PER_TASK = 500  # open pictures, which are only named, or have small texts beside them


def sample_records(
    stage: Stage, form: SourceFormat, layout: SampleLayout, files: tuple[InputFile, ...]
) -> tuple[DataFrame, int]:
    """Return the records of a format with samples, those of its tables among them, and their number.

    What was read of the files (places, texts, no picture) is stored before it is counted and parsed, so that
    no archive is read twice; the count is that of the stored rows.

    Raises:
        GateError: there is none.
    """
    found = tuple(file for file in files if is_sample_file(file.source))
    tables = tuple(file for file in files if form.columns and not is_sample_file(file.source))
    parts = [_read(stage, layout, found)] if found else []
    if tables:
        parts.append(table_records(stage.spark, form, tables, stage.inputs.limit))
    if not parts:
        raise GateError(
            "extract_documents: the input holds no picture and no archive; nothing was changed"
        )
    records = (
        parts[0] if len(parts) == 1 else parts[0].unionByName(parts[1], allowMissingColumns=True)
    )
    chosen = first_by_hash(records, stage.inputs.limit, "source || '#' || locator")
    records_in = chosen.agg(count(lit(1))).collect()[0][0]
    if not records_in:
        raise GateError("extract_documents: the input files hold no samples; nothing was changed")
    return chosen, records_in


def _read(stage: Stage, layout: SampleLayout, files: tuple[InputFile, ...]) -> DataFrame:
    tasks = max(stage.conf.spark.shuffle_partitions, len(files) // _OPEN_PER_TASK)
    listed = file_records(stage.spark, files, None, tasks)
    read = read_samples(layout, stage.conf.sources.max_document_bytes)
    return stage.scratch("samples", listed.mapInArrow(read, SCHEMA_DDL))
