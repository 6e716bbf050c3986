"""Near pairs of texts where a run goes on with what the last one kept: sketches and verified pairs."""

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import expr

from jobs.dedup.near_texts import TextSearch, verified
from jobs.kept_files import files_before, keep_files, kept_folder, written_files
from jobs.memory import Memory
from jobs.stage import Stage
from udfs.arrow_files import FILES_DDL, ArrowFile
from udfs.band_blocks import (
    BLOCKS_DDL,
    CHANGES_DDL,
    file_blocks,
    near_changes,
    touched_blocks,
)
from udfs.sketch_files import write_sketch_files

_FILES = "sketch_files"
_PAIRS = "near_texts"  # verified pairs, and the number of bands in which each meets


def near_texts_kept(
    stage: Stage, memory: Memory, texts: DataFrame, added: DataFrame | None, search: TextSearch
) -> DataFrame:
    """Return src, dst as ``near_texts`` does, and keep what the next run needs.

    Only added texts are sketched. Of the old ones those are looked at whose band key an added one
    has: the candidates of such a key are found anew, with and without the added rows, so that the
    pairs are those of a run over all texts, whatever crowded keys leave out.

    Args:
        stage: the attempt.
        memory: of the stage; 8 bytes for each text and band are kept in files beside it.
        texts: id, text of all rows.
        added: id of those that the last run did not know; None: all are new.
        search: how texts are searched.
    """
    old, pairs = files_before(memory, _FILES), memory.before(_PAIRS, CHANGES_DDL)
    if added is None or old is None or pairs is None:
        return _all_pairs(stage, memory, texts, search)
    new = _sketched(stage, texts.join(added, "id", "left_semi"), search)
    keep_files(stage, memory, _FILES, (*old, *new))
    if new:
        pairs = _changed(stage, texts, _paths(old), _paths(new), pairs, search)
    return memory.keep(_PAIRS, pairs).select("src", "dst")


def _all_pairs(stage: Stage, memory: Memory, texts: DataFrame, search: TextSearch) -> DataFrame:
    files = _sketched(stage, texts, search)
    keep_files(stage, memory, _FILES, files)
    cut = file_blocks(_paths(files), search.bands, search.parts)
    blocks = _numbers(stage.spark, len(files), search.tasks).mapInArrow(cut, BLOCKS_DDL)
    met = search.candidates(blocks).groupBy("src", "dst")
    pairs = met.count().selectExpr("src", "dst", "CAST(count AS int) AS bands")
    found = memory.keep(_PAIRS, verified(pairs, texts, search.rules))
    return found.select("src", "dst")


def _changed(
    stage: Stage, texts: DataFrame, old: tuple[str, ...], new: tuple[str, ...],
    pairs: DataFrame, search: TextSearch,
) -> DataFrame:  # fmt: skip
    """Return the pairs now: the old ones that still meet somewhere, and new ones that hold the rules.

    A pair that the rules refused once is refused again, so the old refusals need not be kept.
    """
    cut = touched_blocks(old, new, search.bands, search.parts)
    numbers = _numbers(stage.spark, len(old) + len(new), search.tasks)
    blocks = numbers.mapInArrow(cut, BLOCKS_DDL)
    changes = search.by_unit(blocks).mapInArrow(
        near_changes(search.rules.banding.max_apart), CHANGES_DDL
    )
    sums = changes.groupBy("src", "dst").agg(expr("CAST(sum(bands) AS int) AS change"))
    change = stage.scratch("changed_pairs", sums.where("change != 0"))
    still = pairs.join(change, ["src", "dst"], "left").selectExpr(
        "src", "dst", "bands + coalesce(change, 0) AS bands"
    )
    unknown = change.where("change > 0").join(pairs, ["src", "dst"], "left_anti")
    asked = stage.scratch("asked_pairs", unknown.selectExpr("src", "dst", "change AS bands"))
    ids = asked.selectExpr("src AS id").union(asked.selectExpr("dst AS id"))
    few = stage.scratch("asked_texts", texts.join(ids.distinct(), "id", "left_semi"))
    return still.where("bands > 0").union(verified(asked, few, search.rules))


def _sketched(stage: Stage, texts: DataFrame, search: TextSearch) -> tuple[ArrowFile, ...]:
    """Write the sketches of texts."""
    write = write_sketch_files(search.rules, kept_folder(stage, _FILES))
    return written_files(texts.select("id", "text").mapInArrow(write, FILES_DDL))


def _paths(files: tuple[ArrowFile, ...]) -> tuple[str, ...]:
    return tuple(file.path for file in files)


def _numbers(spark: SparkSession, files: int, tasks: int) -> DataFrame:
    """Return the numbers of some files, dealt out to tasks."""
    return spark.range(0, files, 1, max(1, min(files, tasks)))
