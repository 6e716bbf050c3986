"""Near pairs of image hashes: the hashes become files that each task maps; nothing is shuffled."""

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import col
from pyspark.sql.functions import min as min_of

from jobs.dedup.search_parts import search_parts
from jobs.kept_files import written_files
from realsyn_lib.dedup.bands import bands_of, blocks_for
from udfs.arrow_files import FILES_DDL, ArrowFile
from udfs.components import EDGES_DDL
from udfs.hash_files import write_hash_file
from udfs.near_hashes import FAR_DDL, HashSearch, near_and_far_edges, near_hash_edges

_BYTES_PER_HASH = 64  # of a task: hash, id, key, order, copies


def write_hashes(images: DataFrame, folder: str) -> tuple[ArrowFile, ...]:
    """Write each distinct hash of (image_id, phash) with its smallest id; a file a partition."""
    hashes = images.groupBy(col("phash").alias("hash")).agg(min_of("image_id").alias("id"))
    return written_files(hashes.mapInArrow(write_hash_file(folder), FILES_DDL))


def hash_search(
    files: tuple[ArrowFile, ...], distance: int, block_bytes: int,
    new_files: tuple[ArrowFile, ...] | None = None,
) -> HashSearch:  # fmt: skip
    """Return how the hashes of files are searched for pairs up to a distance.

    A task sorts and compares what fits ``block_bytes``; a corpus of more is searched in parts. With
    ``new_files`` only pairs with an end there are looked for.
    """
    count = hash_count((*files, *(new_files or ())))
    bands = bands_of(distance, blocks_for(count, distance))
    return HashSearch(files, bands, search_parts(count, _BYTES_PER_HASH, block_bytes), new_files)


def hash_count(files: tuple[ArrowFile, ...]) -> int:
    """Return the hashes of files that share none."""
    return sum(file.row_count for file in files)


def near_hashes(spark: SparkSession, search: HashSearch, tasks: int) -> DataFrame:
    """Return src, dst: a forest over the ids whose hashes are near."""
    return _units(spark, search, tasks).mapInArrow(near_hash_edges(search), EDGES_DDL)


def near_and_far_hashes(
    spark: SparkSession, search: HashSearch, safe_distance: int, tasks: int
) -> DataFrame:
    """Return src, dst, is_far: beside a forest up to the safe distance the pairs beyond it, one by one.

    A pair beyond is left out where its unit of work sees its ends joined.
    """
    edges = near_and_far_edges(search, safe_distance)
    return _units(spark, search, tasks).mapInArrow(edges, FAR_DDL)


def _units(spark: SparkSession, search: HashSearch, tasks: int) -> DataFrame:
    return spark.range(0, search.units, 1, min(search.units, tasks))
