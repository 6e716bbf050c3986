"""How clusters are put into blocks: by their sizes when they were fitted, and by who looks into them."""

import hashlib

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from jobs.fit_sample import hash_sample
from jobs.metric_digest import digest_as_float
from jobs.retrieval.search import Search
from jobs.stage import Stage
from realsyn_lib.embeddings import Ids
from realsyn_lib.retrieval.blocks import Blocks, plan_blocks, planned_sizes
from udfs.route_to_blocks import LOADS_DDL, cluster_loads

_SAMPLED = 2**14  # images that tell how many look into each cluster


def planned_by(stage: Stage, search: Search, fitted: Ids, now: Ids) -> Ids:
    """Return the sizes, (clusters,), that blocks are planned by; metric ``blocks``: a digest of them.

    As long as clusters have not outgrown their blocks, they are those of the fit, and the clusters
    that share a block, in which sentences are compared with one another, are those of the last run.
    """
    block_bytes = stage.conf.retrieval.block_mb * 2**20
    sizes = planned_sizes(fitted, now, _sentence_bytes(search), block_bytes)
    digest = hashlib.sha256(sizes.astype("<i8").tobytes()).hexdigest()
    stage.metrics["blocks"] = digest_as_float(digest)
    return sizes


def fitted_sizes(centroids: DataFrame, search: Search) -> Ids:
    """Return the sentences that each cluster had when it was fitted, (clusters,)."""
    return _counted(centroids.selectExpr("cluster_id", "size AS rows"), search)


def blocks_of(stage: Stage, search: Search, sizes: Ids, asked: Ids) -> Blocks:
    """Plan the blocks by (clusters,) ``sizes`` and by how many images look into each."""
    return plan_blocks(
        sizes,
        asked,
        sentence_bytes=_sentence_bytes(search),
        image_bytes=2 * search.index.cells.width,
        block_bytes=stage.conf.retrieval.block_mb * 2**20,
        least_tasks=int(stage.conf.spark.shuffle_partitions),
    )


def _sentence_bytes(search: Search) -> int:
    """Return the memory of a sentence in a task: as it came and as float32."""
    return 6 * search.index.cells.width


def asked_of(images: DataFrame, search: Search) -> Ids:
    """Return how many images look into each cluster, (clusters,)."""
    count = cluster_loads(search.index, search.beam, search.nprobe)
    loads = images.select("image_id", "embedding").mapInArrow(count, LOADS_DDL)
    return _counted(loads.groupBy("cluster_id").agg(expr("sum(images) AS rows")), search)


def asked_by_sample(images: DataFrame, rows: int, search: Search) -> Ids:
    """Return about how many of ``rows`` images look into each cluster, (clusters,)."""
    wanted = min(rows, _SAMPLED)
    sample = hash_sample(images, rows, wanted, 0, "image_id")
    asked: Ids = np.ceil(asked_of(sample, search) * (rows / max(1, wanted))).astype(np.int64)
    return asked


def sizes_of(sentences: DataFrame, search: Search) -> Ids:
    """Return the sentences of each cluster, (clusters,)."""
    return _counted(sentences.groupBy("cluster_id").agg(expr("count(*) AS rows")), search)


def _counted(rows: DataFrame, search: Search) -> Ids:
    found = rows.select("cluster_id", "rows").toArrow()
    counts = np.zeros(search.index.cells.k, dtype=np.int64)
    counts[found["cluster_id"].to_numpy()] = found["rows"].to_numpy()
    return counts
