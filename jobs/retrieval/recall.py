"""How much of an exact search the clusters give: measured on a sample of the images."""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame

from jobs.fit_sample import hash_sample
from jobs.memory import Memory
from jobs.retrieval.search import Search, merged
from jobs.retrieval.since import Since
from jobs.stage import Stage
from realsyn_lib.arrow_types import stream_bytes
from realsyn_lib.embeddings import Ids, vectors_of
from realsyn_lib.errors import SettingError
from realsyn_lib.retrieval.levels import probes
from realsyn_lib.retrieval.search import SearchRules
from udfs.search_all import EXACT_DDL, best_of_all, search_all

MOST_PROBES = 64
_SEED = 7  # of the sample
_TUNED_ON = 512
_SPARE = 5  # sentences beyond top_k that may take the place of repeated ones
_FEW, _NEAREST = "recall_images", "recall_nearest"
_FEW_DDL = "image_id bigint, embedding binary"
_TOLD = (1, 2, 4, 8, 16, 32, 64)


@dataclass(frozen=True)
class Exact:
    """``found``: image_id, sentence_id, cluster_id of the exact search, for a few images.

    ``recall``: (MOST_PROBES,) share of them that lie in an image's first 1, 2, ... clusters.
    ``products``: (MOST_PROBES,) sentences in so many clusters of an image, in the mean.
    """

    found: pa.Table
    recall: np.ndarray
    products: np.ndarray


def exact_search(
    stage: Stage, memory: Memory, images: DataFrame, rows: int, sentences: DataFrame, sizes: Ids,
    search: Search, since: Since | None,
) -> Exact:  # fmt: skip
    """Search a few images, by hash rank, among all sentences, under the rules of the stage.

    Where nprobe is chosen by them, they are ``_TUNED_ON``, since checks decide no content. After
    additions they are those of the last run that are still there, and only new sentences are looked
    at: memory keeps the nearest of each.
    """
    rules = replace(search.rules, spare=_SPARE)
    wanted = min(
        rows, _TUNED_ON if stage.conf.retrieval.min_recall else stage.conf.checks.recall_rows
    )
    sample = hash_sample(images.select("image_id", "embedding"), rows, wanted, _SEED, "image_id")
    held = None if since is None else _held(memory, since, wanted)
    few, known, sentences = held or (sample, None, sentences)
    few = memory.keep(_FEW, few)
    nearest = memory.keep(_NEAREST, _nearest(few, sentences, rules, known))
    found = merged(nearest, rules, EXACT_DDL).select("image_id", "sentence_id", "cluster_id")
    return _curve(few.toArrow().sort_by("image_id"), found.toArrow(), sizes, search)


def _nearest(
    few: DataFrame, sentences: DataFrame, rules: SearchRules, known: DataFrame | None
) -> DataFrame:
    """Return ``EXACT_DDL``: of each image the nearest of ``sentences`` and of those ``known``."""
    asked = stream_bytes(few.toArrow().sort_by("image_id"))
    parts = sentences.select("cluster_id", "sentence_id", "text_key", "embedding")
    found = parts.mapInArrow(search_all(asked, rules), EXACT_DDL)
    found = found if known is None else known.unionByName(found)
    best = best_of_all(rules.top_k + rules.spare)
    return found.repartition("image_id").mapInArrow(best, EXACT_DDL)


def _held(
    memory: Memory, since: Since, wanted: int
) -> tuple[DataFrame, DataFrame, DataFrame] | None:
    """Return the images of the last run, the nearest of each then, and what to compare them with.

    None where one of its sentences is gone, or where its images are less than half of those wanted.
    """
    few, known = memory.before(_FEW, _FEW_DDL), memory.before(_NEAREST, EXACT_DDL)
    if few is None or known is None:
        return None
    lost = known.join(since.sentences.went, "sentence_id", "left_semi")
    if since.sentences.removed and not lost.isEmpty():
        return None
    if since.images.removed:
        few, known = (
            frame.join(since.images.went, "image_id", "left_anti") for frame in (few, known)
        )
    if 2 * few.count() < wanted:
        return None
    return few, known, since.new


def _curve(few: pa.Table, found: pa.Table, sizes: Ids, search: Search) -> Exact:
    """Say of each answer in which of its image's clusters it lies."""
    ids, width = few["image_id"].to_numpy(), search.index.cells.width
    levels = search.index.open_mapped()
    near = probes(vectors_of(few["embedding"], width), levels, search.beam, MOST_PROBES)
    own = near[np.searchsorted(ids, found["image_id"].to_numpy())]
    hit = own == found["cluster_id"].to_numpy()[:, None]
    recall = np.cumsum(hit, axis=1) > 0
    held = np.append(sizes, 0)[near]  # the last is that of -1
    share = recall.mean(axis=0) if len(recall) else np.ones(MOST_PROBES)
    return Exact(found, share, np.cumsum(held, axis=1).mean(axis=0) if len(held) else share * 0)


def chosen_nprobe(stage: Stage, exact: Exact) -> int:
    """Return retrieval.nprobe, or the least that reaches retrieval.min_recall, found once.

    It is found anew for other centroids.

    Raises:
        SettingError: no number of clusters reaches it.
    """
    settings = stage.conf.retrieval
    if settings.min_recall is None:
        return int(settings.nprobe)

    def tuned() -> float:
        enough = np.flatnonzero(exact.recall >= settings.min_recall)
        if enough.size == 0:
            raise SettingError(
                f"retrieval.min_recall is {settings.min_recall}, but {MOST_PROBES} clusters out of "
                f"{settings.beam} groups reach {exact.recall[-1]:.3f}; raise retrieval.beam, or "
                "lower it"
            )
        return float(enough[0] + 1)

    centroids = stage.attempt.input_versions["sentence_centroids"]
    by = [settings.min_recall, settings.top_k, settings.max_same_cosine, settings.beam, centroids]
    return int(stage.frozen_figure("nprobe", by, tuned))


def tell_recall(stage: Stage, exact: Exact, found: DataFrame, nprobe: int) -> None:
    """Metrics: nprobe and the recall of what was found, and those of other numbers of clusters."""
    few = found.where(found.image_id.isin(exact.found["image_id"].unique().to_pylist()))
    ours = few.select("image_id", "sentence_id").toArrow()
    both = exact.found.join(ours, ["image_id", "sentence_id"], join_type="inner").num_rows
    count = exact.found.num_rows
    stage.metrics |= {"recall": both / count if count else 1.0, "recall_images": float(
        len(exact.found["image_id"].unique()))}  # fmt: skip
    stage.metrics |= {"nprobe": float(nprobe), "products": float(exact.products[nprobe - 1])}
    for other in _TOLD:
        stage.metrics |= {
            f"recall.nprobe_{other}": float(exact.recall[other - 1]),
            f"products.nprobe_{other}": float(exact.products[other - 1]),
        }
