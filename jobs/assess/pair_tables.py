"""Any table of pairs, read as the assessment wants it: a warehouse, a Delta table, parquet files."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from delta.tables import DeltaTable
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql.functions import col, xxhash64

from jobs.names import is_catalog_name, local_folder
from jobs.published import open_warehouse
from jobs.spark_text import SPARK_FAULTS, spark_headline
from realsyn_lib.config import Config, PairColumnSettings
from realsyn_lib.errors import InputError, SettingError
from realsyn_lib.tables import PAIRS, RUNS

TEXT_KINDS = ("text1", "text2", "text3", "syn_text")
_URL = "raw_image_url"
_NUMBERS = ("float", "double", "int", "bigint", "decimal")


@dataclass(frozen=True)
class PairTable:
    """A set of pairs.

    ``frame``: image_id (bigint; of a table that is no warehouse a hash of its row), raw_image_url,
    a string column for each of ``kinds``, and ``cosine`` and ``licence`` where the table has them.
    """

    name: str
    frame: DataFrame
    kinds: tuple[str, ...]

    def has(self, column: str) -> bool:
        """Say whether the table has an optional column."""
        return column in self.frame.columns


def open_pairs(spark: SparkSession, location: str, name: str, config: Config) -> PairTable:
    """Open the table of pairs at a folder, file, URI or catalog name.

    Of a warehouse it is the kept rows of what is published of ``pairs``.

    Raises:
        InputError: there is nothing that can be read as a table.
        SettingError: ``assess.columns`` names a column that is not there or of another type.
    """
    if _is_warehouse(location):
        pairs = open_warehouse(location, config).read(PAIRS)
        kept = pairs.where(col("drop_reason").isNull())
        return PairTable(name, kept.withColumnRenamed("cosine_syn", "cosine"), TEXT_KINDS)
    return as_pairs(_read(spark, location), location, name, config.assess.columns)


def as_pairs(frame: DataFrame, location: str, name: str, columns: PairColumnSettings) -> PairTable:
    """Return a table's columns under the names of a set of pairs; other columns are not read."""
    kinds = _kinds(frame, location, columns)
    optional = {"cosine": columns.cosine, "licence": columns.licence}
    if columns.url in frame.columns or columns.url != _URL:
        optional[_URL] = columns.url  # texts alone have no address, and no hosts
    named = dict(kinds) | {key: name for key, name in optional.items() if name is not None}
    found = [_column(frame, location, key, name).alias(key) for key, name in named.items()]
    hashed = [key for key in named if key != "cosine"]
    chosen = frame.select(*found).withColumn("image_id", xxhash64(*sorted(hashed)))
    return PairTable(name, chosen, tuple(kind for kind, _ in kinds))


def _is_warehouse(location: str) -> bool:
    folder = local_folder(location)
    return folder is not None and (folder / RUNS.name / "_delta_log").is_dir()


def _read(spark: SparkSession, location: str) -> DataFrame:
    folder = local_folder(location)
    try:
        if is_catalog_name(location) and folder is not None and not folder.exists():
            return spark.read.table(location)
        if folder is not None and not folder.exists():
            raise InputError(f"--pairs {location}: there is no such file, folder or table")
        if DeltaTable.isDeltaTable(spark, location):
            return spark.read.format("delta").load(location)
        return spark.read.option("__globPaths__", "false").parquet(location)
    except SPARK_FAULTS as error:  # a file that is no parquet is none of Spark's analysis errors
        raise InputError(
            f"--pairs {location}: {spark_headline(error)}; expected a warehouse, a Delta table, or "
            "parquet files"
        ) from error


def _kinds(
    frame: DataFrame, location: str, columns: PairColumnSettings
) -> Sequence[tuple[str, str]]:
    """Return (kind, column) of the texts that there are."""
    if columns.text is not None:
        return [("text", columns.text)]
    found = [(kind, kind) for kind in TEXT_KINDS if kind in frame.columns]
    if not found:
        raise SettingError(
            f"--pairs {location}: none of the columns {', '.join(TEXT_KINDS)} is there, only "
            f"{', '.join(frame.columns[:20])}; name the text's with --set assess.columns.text=NAME"
        )
    return found


def _column(frame: DataFrame, location: str, key: str, name: str) -> Column:
    """Return a column under the type that its use wants."""
    types = _NUMBERS if key == "cosine" else ("string",)
    found = dict(frame.dtypes).get(name)
    if found is None or not found.startswith(types):
        got = "is not there" if found is None else f"is {found}"
        raise SettingError(
            f"--pairs {location}: column `{name}` ({key}) {got}, expected {' or '.join(types)}; the "
            f"table has {', '.join(frame.columns[:20])}; set assess.columns"
        )
    column = col(f"`{name.replace('`', '``')}`")
    return column.cast("double") if key == "cosine" else column


def names_of(locations: Sequence[str]) -> list[str]:
    """Return a short name for each location: its last part, numbered where two are alike."""
    stems = [
        Path(location.rstrip("/").rpartition("/")[2]).stem or "pairs" for location in locations
    ]
    plain = ["".join(c if c.isalnum() or c in "-_" else "-" for c in stem)[:40] for stem in stems]
    return [
        name if plain.count(name) == 1 and name != "shared" else f"{name}-{place}"
        for place, name in enumerate(plain, start=1)
    ]
