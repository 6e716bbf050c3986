"""images, their survivors' embeddings, sentence clusters and centroids -> retrieved_texts."""

from dataclasses import replace

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql.functions import count, lit

from jobs.centroids import publish_levels, travelling
from jobs.dedup.survivors import survivors
from jobs.retrieval.recall import chosen_nprobe, exact_search, tell_recall
from jobs.retrieval.search import Search, blocks_for, search_in_blocks
from jobs.retrieval.uses import DEPTH, with_few_uses
from jobs.runtime import stage_main
from jobs.stage import Stage
from realsyn_lib.embeddings import Ids
from realsyn_lib.retrieval.search import SearchRules
from realsyn_lib.tables import (
    IMAGE_DUPLICATES,
    IMAGE_EMBEDDINGS,
    IMAGES,
    RETRIEVED_TEXTS,
    SENTENCE_CENTROIDS,
    SENTENCE_CLUSTERS,
    SENTENCES,
)


def with_texts(found: DataFrame, texts: DataFrame) -> DataFrame:
    """Return the rows of retrieved_texts: only sentences that were found meet their texts."""
    both = found.drop("text_key", "is_only").join(texts, "sentence_id")
    return both.selectExpr(*(_typed(name) for name in RETRIEVED_TEXTS.names))


def _typed(name: str) -> str:
    return "CAST(cosine AS float) AS cosine" if name == "cosine" else name


def run(stage: Stage) -> None:
    """Measure the recall, search block by block, write; an image without a sentence is no_text."""
    settings = stage.conf.retrieval
    kept = stage.kept(IMAGES).select("image_id")
    alive = survivors(kept, stage.read(IMAGE_DUPLICATES), "image_id")
    images = stage.kept(IMAGE_EMBEDDINGS).select("image_id", "embedding")
    images = images.join(alive, "image_id", "left_semi")
    rows, sentences = images.count(), stage.read(SENTENCE_CLUSTERS)
    centroids = stage.read(SENTENCE_CENTROIDS)
    index = publish_levels(stage, centroids, "indexes", SENTENCE_CENTROIDS.name)
    index = travelling(index, settings.max_broadcast_mb)
    rules = SearchRules(settings.top_k, settings.max_same_cosine)
    search = Search(index, settings.beam, settings.nprobe, rules)
    sizes = _sizes(sentences, index.cells.k)
    exact = exact_search(stage, images, rows, sentences, sizes, search)
    search = replace(search, nprobe=chosen_nprobe(stage, exact))
    texts = stage.read(SENTENCES).select("sentence_id", "text")

    def build() -> DataFrame:
        deep = _deeper(search, settings.max_uses)
        blocks = blocks_for(stage, images, rows, sizes, deep)
        found = stage.scratch("found", search_in_blocks(images, sentences, deep, blocks))
        if settings.max_uses is not None:
            found = with_few_uses(found, settings.top_k, settings.max_uses)
        return with_texts(found, texts)

    found = stage.write(RETRIEVED_TEXTS, build)
    tell_recall(stage, exact, found, search.nprobe)
    with_text = found.where("rank = 1").count()
    outcomes: dict[str | None, int] = {None: with_text}
    if rows > with_text:
        outcomes["no_text"] = rows - with_text
    stage.account("image", rows, outcomes)


def _deeper(search: Search, max_uses: int | None) -> Search:
    """Where sentences are used up, images need some to fall back on."""
    rules = search.rules
    depth = 1 if max_uses is None else DEPTH
    return replace(search, rules=replace(rules, top_k=depth * rules.top_k))


def _sizes(sentences: DataFrame, clusters: int) -> Ids:
    """Return the sentences of each cluster now, (clusters,)."""
    found = sentences.groupBy("cluster_id").agg(count(lit(1)).alias("size")).toArrow()
    sizes = np.zeros(clusters, dtype=np.int64)
    sizes[found["cluster_id"].to_numpy()] = found["size"].to_numpy()
    return sizes


def main() -> None:
    """spark-submit jobs/retrieve_texts.py --env emr --warehouse s3://bucket/warehouse"""
    stage_main("retrieve_texts")


if __name__ == "__main__":
    main()
