"""Files that a stage keeps for its next runs: listed in its memory, added to, never rewritten."""

from pyspark.sql import DataFrame

from jobs.memory import Memory
from jobs.stage import Stage
from realsyn_lib.files import remove_files_but
from udfs.arrow_files import FILES_DDL, ArrowFile


def kept_folder(stage: Stage, name: str) -> str:
    """Return the folder of the files of one kind."""
    return stage.files("kept", stage.spec.name, name)


def files_before(memory: Memory, name: str) -> tuple[ArrowFile, ...] | None:
    """Return the files that the last run kept, None where this one must write all anew."""
    listed = memory.before(name, FILES_DDL)
    return None if listed is None else written_files(listed)


def keep_files(stage: Stage, memory: Memory, name: str, files: tuple[ArrowFile, ...]) -> None:
    """Keep a list of files; those that neither it nor the published list names are removed."""
    listed = memory.published(name, FILES_DDL)
    needed = {file.path for file in written_files(listed)} if listed is not None else set()
    rows = [(file.path, file.digest, file.row_count) for file in files]
    memory.keep(name, stage.spark.createDataFrame(rows, FILES_DDL))
    remove_files_but(kept_folder(stage, name), needed.union(file.path for file in files))


def written_files(rows: DataFrame) -> tuple[ArrowFile, ...]:
    """Return the files that the rows (``FILES_DDL``) name, in the order of their names."""
    return tuple(sorted(ArrowFile(**row.asDict()) for row in rows.collect()))
