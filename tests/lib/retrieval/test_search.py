import numpy as np
import pytest

from realsyn_lib.embeddings import unit_rows
from realsyn_lib.errors import ShapeError
from realsyn_lib.retrieval.search import SearchRules, Sentences, search_block, search_cluster

ALL = SearchRules(top_k=3, max_same_cosine=1.0)


def unit(count, width=8, seed=0):
    return unit_rows(np.random.default_rng(seed).normal(size=(count, width)))


def sentences(vectors, ids=None, text_keys=None):
    rows = np.arange(len(vectors))
    return Sentences(
        rows if ids is None else np.array(ids),
        vectors,
        rows if text_keys is None else np.array(text_keys),
    )


def directions(*degrees):
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def test_the_closest_sentences_come_first():
    found = search_cluster(directions(0), sentences(directions(40, 10, 90, 20)), ALL)
    assert found.members.tolist() == [[1, 3, 0]]
    assert found.cosines[0].tolist() == pytest.approx(np.cos(np.radians([10, 20, 40])))


def test_a_sentence_too_like_a_chosen_one_is_passed_over():
    rules = SearchRules(top_k=3, max_same_cosine=np.cos(np.radians(3)))
    found = search_cluster(directions(0), sentences(directions(10, 11, 12, 15, 30)), rules)
    assert found.members.tolist() == [[0, 3, 4]]


def test_a_repeated_text_is_passed_over_for_each_image_apart():
    texts = sentences(directions(10, 20, 30, 40), text_keys=[7, 7, 8, 9])
    found = search_cluster(directions(0, 50), texts, ALL)
    assert found.members.tolist() == [[0, 2, 3], [3, 2, 1]]


def test_more_repeats_than_spare_leave_fewer_texts():
    texts = sentences(directions(1, 2, 3, 4, 5), text_keys=[7, 7, 7, 7, 8])
    few, more = SearchRules(2, 1.0, spare=2), SearchRules(2, 1.0, spare=3)
    assert search_cluster(directions(0), texts, few).members.tolist() == [[0, -1]]
    assert search_cluster(directions(0), texts, more).members.tolist() == [[0, 4]]


def test_a_small_cluster_marks_what_is_missing():
    found = search_cluster(directions(0), sentences(directions(10)), ALL)
    assert found.members.tolist() == [[0, -1, -1]]
    assert np.isnan(found.cosines[0, 1:]).all()


def test_equal_cosines_are_ordered_by_id():
    texts = sentences(np.repeat(directions(10), 3, axis=0), ids=[9, 4, 7])
    assert search_cluster(directions(10), texts, ALL).members.tolist() == [[1, 2, 0]]


def test_a_block_is_its_clusters_one_by_one():
    images, texts = unit(60), sentences(unit(150, seed=1))
    image_clusters = np.random.default_rng(2).integers(0, 12, 60)
    text_clusters = np.random.default_rng(3).integers(2, 14, 150)
    found = search_block(image_clusters, images, text_clusters, texts, ALL)
    rows = []
    for image in range(60):
        own = np.flatnonzero(text_clusters == image_clusters[image])
        best = search_cluster(images[image : image + 1], texts.take(own), ALL).members[0]
        rows += [(image, rank + 1, own[m]) for rank, m in enumerate(best) if m >= 0]
    assert list(zip(found.query, found.rank, found.member, strict=True)) == rows
    assert not np.isin(np.flatnonzero(image_clusters < 2), found.query).any()


def test_a_block_without_sentences_finds_nothing():
    found = search_block(np.array([1]), unit(1), np.array([], int), sentences(unit(0)), ALL)
    assert found.query.size == 0


def test_clusters_must_be_as_many_as_vectors():
    with pytest.raises(ShapeError):
        search_block(np.array([1, 2]), unit(1), np.array([1]), sentences(unit(1)), ALL)
