"""The centroids of an index file, mapped once for each worker process."""

from functools import lru_cache

from realsyn_lib.embeddings import Vectors
from realsyn_lib.retrieval.centroids import Centroids


@lru_cache(maxsize=2)
def mapped_centroids(index: Centroids) -> Vectors:
    """Return ``index.open_mapped()``; the pages are shared by the workers of a node.

    Not ``udfs.device.resident``: that module loads torch, which these tasks never use.
    """
    return index.open_mapped()
