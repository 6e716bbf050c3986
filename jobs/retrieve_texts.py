"""images, their survivors' embeddings, sentence clusters and centroids -> retrieved_texts."""

from dataclasses import replace

from pyspark.sql import DataFrame

from jobs.centroids import publish_levels, travelling
from jobs.memory import Memory
from jobs.retrieval.added import search_changed
from jobs.retrieval.blocks import (
    asked_by_sample,
    blocks_of,
    fitted_sizes,
    planned_by,
    sizes_of,
)
from jobs.retrieval.recall import chosen_nprobe, exact_search, tell_recall
from jobs.retrieval.search import Search, search_in_blocks
from jobs.retrieval.since import asked_images, since_last
from jobs.retrieval.texts import with_texts
from jobs.retrieval.uses import DEPTH, with_few_uses
from jobs.runtime import stage_main
from jobs.stage import Change, Stage
from realsyn_lib.retrieval.search import SearchRules
from realsyn_lib.tables import (
    RETRIEVED_TEXTS,
    SENTENCE_CENTROIDS,
    SENTENCE_CLUSTERS,
    SENTENCES,
)


def run(stage: Stage) -> None:
    """Measure the recall, search block by block, write; an image without a sentence is no_text."""
    settings = stage.conf.retrieval
    images, sentences = asked_images(stage.read), stage.read(SENTENCE_CLUSTERS)
    rows, centroids = images.count(), stage.read(SENTENCE_CENTROIDS)
    index = publish_levels(stage, centroids, "indexes", SENTENCE_CENTROIDS.name)
    index = travelling(index, settings.max_broadcast_mb)
    rules = SearchRules(settings.top_k, settings.max_same_cosine)
    search = Search(index, settings.beam, settings.nprobe, rules)
    sizes = sizes_of(sentences, search)
    planned = planned_by(stage, search, fitted_sizes(centroids, search), sizes)
    memory = Memory(stage)
    since = since_last(stage, images, sentences, int(sizes.sum()))
    exact = exact_search(stage, memory, images, rows, sentences, sizes, search, since)
    search = replace(search, nprobe=chosen_nprobe(stage, exact))
    texts = stage.read(SENTENCES).select("sentence_id", "text")

    def build() -> DataFrame | Change:
        if since is not None:
            return search_changed(stage, images, rows, sentences, planned, search, since, texts)
        stage.metrics |= {"searched_rows": float(rows), "carried_rows": 0.0}
        deep = _deeper(search, settings.max_uses)
        blocks = blocks_of(stage, deep, planned, asked_by_sample(images, rows, deep))
        found = stage.scratch("found", search_in_blocks(images, sentences, deep, blocks))
        if settings.max_uses is not None:
            found = with_few_uses(found, settings.top_k, settings.max_uses)
        return with_texts(found, texts)

    found = stage.write(RETRIEVED_TEXTS, build)
    tell_recall(stage, exact, found, search.nprobe)
    memory.seal()
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


def main() -> None:
    """spark-submit jobs/retrieve_texts.py --env emr --warehouse s3://bucket/warehouse"""
    stage_main("retrieve_texts")


if __name__ == "__main__":
    main()
