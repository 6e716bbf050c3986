"""Near pairs of image hashes where a run goes on with what the last one kept: hash files and edges."""

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql.functions import col

from jobs.dedup.equal_keys import equal_keys
from jobs.dedup.near_hashes import (
    hash_count,
    hash_search,
    near_and_far_hashes,
    near_hashes,
    write_hashes,
)
from jobs.dedup.witness import confirmed
from jobs.kept_files import files_before, keep_files, kept_folder
from jobs.memory import Memory
from jobs.stage import Stage
from realsyn_lib.dedup.chance import safe_distance
from udfs.arrow_files import ArrowFile
from udfs.components import EDGES_DDL
from udfs.near_hashes import HashSearch

_FILES = "hash_files"
_KEYS = ("image_id", "phash")
Files = tuple[ArrowFile, ...]


@dataclass(frozen=True)
class Reach:
    """Bits in which two hashes may differ that join alone (``safe``), and with a witness (``far``)."""

    safe: int
    far: int


def near_images_kept(
    stage: Stage, memory: Memory, images: DataFrame, vectors: DataFrame, added: DataFrame | None
) -> DataFrame:
    """Return src, dst of images of equal bytes or near hashes, and keep what the next run needs.

    Flat pictures have one hash whatever their colour: they join by their bytes only. With added
    images only pairs with one of them are looked for, unless there are now so many hashes that the
    distance at which they join is another one.

    Args:
        stage: the attempt; its metrics get the distances.
        memory: of the stage; 16 bytes for each hash are kept in files beside it.
        images: image_id, content_id, phash, luma_std.
        vectors: id, embedding: the witness of pairs beyond the safe distance.
        added: id of images that the last run did not know; None: all are new.
    """
    detailed = images.where(col("luma_std") >= stage.conf.dedup_images.min_luma_std)
    old, new = _hash_files(stage, memory, detailed, added)
    every = old if new is None else (*old, *new)
    keep_files(stage, memory, _FILES, every)
    reach = _reach(stage, hash_count(every))
    name = f"image_edges_{reach.safe}_{reach.far}"
    before = memory.before(name, EDGES_DDL)
    if added is None or new is None or before is None:
        search = hash_search(every, reach.far, stage.conf.batch.hash_bytes)
        edges = alike(images, detailed)
    else:
        search = hash_search(old, reach.far, stage.conf.batch.hash_bytes, new)
        touched = with_key_of(images, added, "content_id"), with_key_of(detailed, added, "phash")
        edges = before.union(alike(*touched))
    return memory.keep(name, edges.union(hash_edges(stage, search, reach, vectors)))


def alike(images: DataFrame, detailed: DataFrame) -> DataFrame:
    """Return src, dst of images with equal bytes, and of detailed ones with equal hashes."""
    return equal_keys(images, "image_id", "content_id").union(
        equal_keys(detailed, "image_id", "phash")
    )


def with_key_of(images: DataFrame, added: DataFrame, key: str) -> DataFrame:
    """Return the images whose key an added one has; few keys travel to where the images are."""
    keys = images.join(added.withColumnRenamed("id", "image_id"), "image_id", "left_semi")
    return images.join(keys.select(key).distinct(), key, "left_semi")


def hash_edges(stage: Stage, search: HashSearch, reach: Reach, vectors: DataFrame) -> DataFrame:
    """Return src, dst of the hashes that join: alone up to the safe distance, beyond it with vectors."""
    tasks = int(stage.conf.spark.shuffle_partitions)
    if reach.far <= reach.safe:
        return near_hashes(stage.spark, search, tasks)
    found = near_and_far_hashes(stage.spark, search, reach.safe, tasks)
    found = stage.scratch("near_hashes", found)
    near = found.where(~col("is_far")).select("src", "dst")
    pairs = found.where("is_far").select("src", "dst")
    return near.union(confirmed(pairs, vectors, stage.conf.dedup_images.max_cosine_distance))


def _hash_files(
    stage: Stage, memory: Memory, detailed: DataFrame, added: DataFrame | None
) -> tuple[Files, Files | None]:
    """Return the files of known hashes and those of new ones; None where all were written anew."""
    folder = kept_folder(stage, _FILES)
    old = files_before(memory, _FILES)
    if added is None or old is None:
        return write_hashes(detailed, folder), None
    ids = added.withColumnRenamed("id", "image_id")
    own = stage.scratch("added_hashes", detailed.join(ids, "image_id", "left_semi").select(*_KEYS))
    others = detailed.join(ids, "image_id", "left_anti")
    known = others.join(own.select("phash").distinct(), "phash", "left_semi").select("phash")
    return old, write_hashes(own.join(known.distinct(), "phash", "left_anti"), folder)


def _reach(stage: Stage, hashes: int) -> Reach:
    """Return the distances at so many hashes, and tell them in the metrics."""
    settings = stage.conf.dedup_images
    safe = safe_distance(hashes, settings.max_hamming, settings.max_chance_neighbours)
    far = safe_distance(hashes, settings.max_hamming, settings.max_witness_neighbours)
    reach = Reach(safe.distance, max(far.distance, safe.distance))
    stage.metrics |= {
        "hamming_distance": float(reach.safe),
        "chance_neighbours": safe.chance_neighbours,
        "witness_distance": float(reach.far),
    }
    return reach
