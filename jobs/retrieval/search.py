"""Images and sentences, block by block -> the best sentences of each image."""

from dataclasses import dataclass

from pyspark.sql import DataFrame

from jobs.compat import by_number
from realsyn_lib.retrieval.blocks import Blocks
from realsyn_lib.retrieval.levels import LevelIndex
from realsyn_lib.retrieval.search import SearchRules
from udfs.found_rows import FOUND_DDL
from udfs.merge_found import merge_found
from udfs.packs import PACKS_DDL
from udfs.route_to_blocks import (
    SENTENCES_DDL,
    deal_sentences,
    route_images,
)
from udfs.search_blocks import search_blocks


@dataclass(frozen=True)
class Search:
    """``index``: the clusters. ``beam``: groups of them that an image looks into. ``nprobe``:

    clusters that it is searched in. ``rules``: how many sentences, and how different.
    """

    index: LevelIndex
    beam: int
    nprobe: int
    rules: SearchRules


def search_in_blocks(
    images: DataFrame, sentences: DataFrame, search: Search, blocks: Blocks
) -> DataFrame:
    """Pair each image (image_id, embedding) with the closest sentences of its nearest clusters.

    Args:
        images: image_id, embedding.
        sentences: cluster_id, sentence_id, text_key, embedding.
        search: what is looked for.
        blocks: where clusters and images meet.

    Returns:
        ``FOUND_DDL``: one row for each (image, rank), fewer where the clusters hold fewer.
    """
    route = route_images(search.index, search.beam, search.nprobe, blocks)
    asked = images.select("image_id", "embedding").mapInArrow(route, PACKS_DDL)
    held = sentences.select("cluster_id", "sentence_id", "text_key", "embedding")
    dealt = held.mapInArrow(deal_sentences(blocks), SENTENCES_DDL)
    each = "explode(sequence(task, last)) AS task"
    both = dealt.selectExpr(each, "rows", "false AS is_image").unionByName(
        asked.selectExpr("task", "rows", "true AS is_image")
    )
    met = by_number(both, max(1, blocks.tasks), "task").sortWithinPartitions("task", "is_image")
    found = met.mapInArrow(search_blocks(search.rules), FOUND_DDL)
    if blocks.is_whole and (search.nprobe == 1 or len(blocks.copies) == 1):
        return found
    return merged(found, search.rules)


def merged(found: DataFrame, rules: SearchRules, ddl: str = FOUND_DDL) -> DataFrame:
    """Put together what blocks, or partitions, found; an image of one block stays.

    All rows take one way: two would search twice.
    """
    by_image = found.repartition("image_id").sortWithinPartitions("image_id")
    return by_image.mapInArrow(merge_found(rules, ddl), ddl)
