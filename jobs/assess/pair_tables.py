"""Any table of pairs, read as the assessment wants it: a warehouse, a Delta table, parquet files."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from delta.tables import DeltaTable
from pyspark.errors import AnalysisException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql.functions import col, lit, xxhash64

from jobs.names import is_catalog_name, local_folder
from jobs.published import open_warehouse
from jobs.spark_text import spark_headline
from realsyn_lib.config import Config, PairColumnSettings
from realsyn_lib.errors import InputError, SettingError
from realsyn_lib.tables import PAIRS, RUNS

TEXT_KINDS = ("text1", "text2", "text3", "syn_text")
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
    strings = {kind: _column(frame, location, kind, column, ("string",)) for kind, column in kinds}
    found = {"raw_image_url": _url(frame, location, columns), **strings}
    if columns.cosine is not None:
        cosine = _column(frame, location, "cosine", columns.cosine, _NUMBERS)
        found["cosine"] = cosine.cast("double")
    if columns.licence is not None:
        found["licence"] = _column(frame, location, "licence", columns.licence, ("string",))
    chosen = frame.select(*(column.alias(key) for key, column in found.items()))
    names = [kind for kind, _ in kinds]
    return PairTable(
        name, chosen.withColumn("image_id", xxhash64("raw_image_url", *names)), tuple(names)
    )


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
    except AnalysisException as error:
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


def _url(frame: DataFrame, location: str, columns: PairColumnSettings) -> Column:
    """Return the address of the image; a table of texts alone has none, and no hosts."""
    if columns.url not in frame.columns and columns.url == "raw_image_url":
        return lit(None).cast("string")
    return _column(frame, location, "url", columns.url, ("string",))


def _column(
    frame: DataFrame, location: str, key: str, name: str, types: Sequence[str]
) -> Column:  # fmt: skip
    found = dict(frame.dtypes).get(name)
    if found is None or not found.startswith(tuple(types)):
        got = "is not there" if found is None else f"is {found}"
        raise SettingError(
            f"--pairs {location}: column `{name}` ({key}) {got}, expected {' or '.join(types)}; the "
            f"table has {', '.join(frame.columns[:20])}; set assess.columns"
        )
    return col(f"`{name.replace('`', '``')}`")


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
