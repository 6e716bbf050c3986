"""Retrieved texts of the images of a block of clusters."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from realsyn_lib.dedup.shingles import text_keys
from realsyn_lib.dedup.words import words_of
from realsyn_lib.embeddings import vectors_of
from realsyn_lib.equal_runs import run_starts
from realsyn_lib.retrieval.search import NO_SENTENCE, SearchRules, Sentences, search_clusters
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
        sentences = sentences.sort_by([("cluster_id", "ascending"), ("sentence_id", "ascending")])
        clusters = pc.unique(sentences["cluster_id"])
        own = pc.index_in(images["cluster_id"], clusters).fill_null(NO_SENTENCE)
        found = search_clusters(
            vectors_of(images["embedding"]),
            own.to_numpy().astype(np.int64)[:, None],
            _searchable(sentences),
            rules,
        )
        query, place = np.nonzero(found.members != NO_SENTENCE)
        chosen = sentences.take(pa.array(found.members[query, place]))
        columns = {
            "image_id": images["image_id"].take(pa.array(query)),
            "rank": pa.array((place + 1).astype(np.int32)),
            "sentence_id": chosen["sentence_id"],
            "text": chosen["text"],
            "cosine": pa.array(found.cosines[query, place].astype(np.float32)),
            "cluster_id": chosen["cluster_id"],
        }
        return pa.table(columns).cast(RETRIEVED_TEXTS.arrow_schema())

    return rank


def _searchable(sentences: pa.Table) -> Sentences:
    """Sentences as arrays, in their order, which is by cluster."""
    texts, clusters = sentences["text"].combine_chunks(), sentences["cluster_id"].to_numpy()
    return Sentences(
        sentences["sentence_id"].to_numpy(),
        vectors_of(sentences["embedding"]),
        text_keys(words_of(texts)).view(np.int64),
        np.append(run_starts(clusters), len(clusters)),
    )
