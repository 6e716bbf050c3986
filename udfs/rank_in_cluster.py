"""Retrieved texts of the images of a block of clusters."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from realsyn_lib.dedup.shingles import text_keys
from realsyn_lib.dedup.words import words_of
from realsyn_lib.embeddings import vectors_of
from realsyn_lib.retrieval.search import SearchRules, Sentences, search_block
from realsyn_lib.tables import RETRIEVED_TEXTS


def rank_in_block(rules: SearchRules) -> Callable[[pa.Table, pa.Table], pa.Table]:
    """Return a ``cogroup.applyInArrow`` function: images and sentences -> RETRIEVED_TEXTS.

    Images: cluster_id int, image_id bigint, embedding binary. Sentences: cluster_id int,
    sentence_id bigint, text string, embedding binary. Both sides of a block are in memory, the
    vectors as float32: about 6 * width bytes a row.
    """

    def rank(images: pa.Table, sentences: pa.Table) -> pa.Table:
        if images.num_rows == 0 or sentences.num_rows == 0:
            return RETRIEVED_TEXTS.arrow_schema().empty_table()
        found = search_block(
            images["cluster_id"].to_numpy(),
            vectors_of(images["embedding"]),
            sentences["cluster_id"].to_numpy(),
            _searchable(sentences),
            rules,
        )
        chosen = sentences.take(pa.array(found.member))
        columns = {
            "image_id": images["image_id"].take(pa.array(found.query)),
            "rank": pa.array(found.rank),
            "sentence_id": chosen["sentence_id"],
            "text": chosen["text"],
            "cosine": pa.array(found.cosine),
            "cluster_id": chosen["cluster_id"],
        }
        return pa.table(columns).cast(RETRIEVED_TEXTS.arrow_schema())

    return rank


def _searchable(sentences: pa.Table) -> Sentences:
    texts = sentences["text"].combine_chunks()
    return Sentences(
        sentences["sentence_id"].to_numpy(),
        vectors_of(sentences["embedding"]),
        text_keys(words_of(texts)).view(np.int64),
    )
